"""confluent-kafka against the broker named on the command line."""
import sys

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from cases import case, equal, raises, run, until

bootstrap = sys.argv[1]
admin = AdminClient({"bootstrap.servers": bootstrap})


def create(topic, partitions=1, config=None):
    admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])[topic].result(30)
    until(lambda: topic in admin.list_topics(timeout=10).topics, f"metadata of {topic}")


def produce(topic, values, partition=0, **config):
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, **{key.replace("_", "."): v for key, v in config.items()}})
    for value in values:
        producer.produce(topic, value, partition=partition, on_delivery=lambda error, _: error and failures.append(error))
    equal(producer.flush(30), 0)
    equal(failures, [])


def consumer(group, **config):
    defaults = {"auto.offset.reset": "earliest", "enable.auto.commit": False, "session.timeout.ms": 6000}
    config = {key.replace("_", "."): value for key, value in config.items()}
    return Consumer({"bootstrap.servers": bootstrap, "group.id": group, **defaults, **config})


def poll(member, timeout=0.1):
    """One record, or None; errors are raised."""
    message = member.poll(timeout)
    if message is not None and message.error():
        raise KafkaException(message.error())
    return message


def collect(members, count):
    """Records from one or several consumers, polled in turn. (A record without value is false: its length is 0.)"""
    messages = []

    def enough():
        messages.extend(message for message in map(poll, members) if message is not None)
        return len(messages) >= count

    until(enough, f"{count} records")
    return messages


@case
def topics():
    """create, list and delete topics, with the errors for one that is there and one that is not"""
    create("confluent-topics", 3)
    equal(len(admin.list_topics(timeout=10).topics["confluent-topics"].partitions), 3)
    error = raises(KafkaException, lambda: create("confluent-topics"))
    equal(error.args[0].code(), KafkaError.TOPIC_ALREADY_EXISTS)
    error = raises(KafkaException, lambda: create("not/a/name"))
    equal(error.args[0].code(), KafkaError.TOPIC_EXCEPTION)
    error = raises(KafkaException, lambda: create("confluent-bad", config={"retention.ms": "soon"}))
    equal(error.args[0].code(), KafkaError.INVALID_CONFIG)
    admin.delete_topics(["confluent-topics"])["confluent-topics"].result(30)
    until(lambda: "confluent-topics" not in admin.list_topics(timeout=10).topics, "the topic to be gone")
    error = raises(KafkaException, lambda: admin.delete_topics(["confluent-never"])["confluent-never"].result(30))
    equal(error.args[0].code(), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case
def validate_only():
    """validate only: checked and not made"""
    admin.create_topics([NewTopic("confluent-dry", 1, 1)], validate_only=True)["confluent-dry"].result(30)
    assert "confluent-dry" not in admin.list_topics(timeout=10).topics
    bad = [NewTopic("confluent-dry", 1, 9)]
    error = raises(KafkaException, lambda: admin.create_topics(bad, validate_only=True)["confluent-dry"].result(30))
    equal(error.args[0].code(), KafkaError.INVALID_REPLICATION_FACTOR)


@case
def partitions():
    """create partitions; fewer than there are is refused"""
    create("confluent-grow", 1)
    admin.create_partitions([NewPartitions("confluent-grow", 4)])["confluent-grow"].result(30)
    until(lambda: len(admin.list_topics("confluent-grow", 10).topics["confluent-grow"].partitions) == 4, "4 partitions")
    shrink = lambda: admin.create_partitions([NewPartitions("confluent-grow", 2)])["confluent-grow"].result(30)
    equal(raises(KafkaException, shrink).args[0].code(), KafkaError.INVALID_PARTITIONS)


@case
def configs():
    """describe and alter configs of a topic and of the broker"""
    create("confluent-config", 1, {"retention.ms": "1000000"})
    resource = ConfigResource(ConfigResource.Type.TOPIC, "confluent-config")
    entries = admin.describe_configs([resource])[resource].result(30)
    equal(entries["retention.ms"].value, "1000000")
    equal(entries["retention.ms"].is_default, False)
    equal(entries["cleanup.policy"].value, "delete")
    equal(entries["cleanup.policy"].is_default, True)
    change = ConfigResource(ConfigResource.Type.TOPIC, "confluent-config", set_config={"max.message.bytes": "2000000"})
    admin.alter_configs([change])[change].result(30)
    entries = admin.describe_configs([resource])[resource].result(30)
    equal(entries["max.message.bytes"].value, "2000000")
    assert entries["retention.ms"].is_default, "AlterConfigs replaces the whole set"
    broker = ConfigResource(ConfigResource.Type.BROKER, "0")
    entries = admin.describe_configs([broker])[broker].result(30)
    equal(entries["offsets.topic.num.partitions"].value, "5")
    assert entries["broker.id" if "broker.id" in entries else "node.id"].is_read_only


def codec_case(codec):
    def produces():
        topic = f"confluent-{codec}"
        create(topic)
        values = [f"{codec} {i}".encode() for i in range(2000)]
        produce(topic, values, compression_type=codec, enable_idempotence=True, linger_ms=20)
        reader = consumer("confluent-codecs", check_crcs=True)
        reader.assign([TopicPartition(topic, 0, 0)])
        messages = collect([reader], len(values))
        equal([m.value() for m in messages], values)
        equal([m.offset() for m in messages], list(range(2000)))
        reader.close()

    produces.__doc__ = f"idempotent producer and consumer with {codec}"
    case(produces)


for name in ["none", "gzip", "snappy", "lz4", "zstd"]:
    codec_case(name)


@case
def headers():
    """headers, keys, null values and timestamps come back as they went"""
    create("confluent-headers", 1, {"retention.ms": "-1"})
    producer = Producer({"bootstrap.servers": bootstrap})
    sent = [("a", b"1"), ("a", b"2"), ("empty", b""), ("null", None)]
    producer.produce("confluent-headers", None, key=b"k", headers=sent, timestamp=1234567890123)
    equal(producer.flush(30), 0)
    reader = consumer("confluent-headers")
    reader.assign([TopicPartition("confluent-headers", 0, 0)])
    message = collect([reader], 1)[0]
    equal((message.key(), message.value(), message.headers()), (b"k", None, sent))
    equal(message.timestamp()[1], 1234567890123)
    reader.close()


def group_case(strategy):
    def shares():
        topic, group = f"confluent-group-{strategy}", f"confluent-{strategy}"
        create(topic, 4)
        members = [consumer(group, partition_assignment_strategy=strategy) for _ in range(2)]
        members[0].subscribe([topic])
        until(lambda: poll(members[0]) or len(members[0].assignment()) == 4, "all partitions for the first")
        members[1].subscribe([topic])

        def shared():
            for member in members:
                poll(member)
            return all(len(member.assignment()) == 2 for member in members)

        until(shared, "two partitions each")
        for partition in range(4):
            produce(topic, [f"{partition}-{i}".encode() for i in range(25)], partition)
        seen = collect(members, 100)
        equal(len({(m.partition(), m.offset()) for m in seen}), 100)
        for member in members:
            committed = member.commit(asynchronous=False)
            equal([(c.offset, c.error) for c in committed], [(25, None), (25, None)])
            member.close()
        later = consumer(group, partition_assignment_strategy=strategy)
        later.subscribe([topic])
        produce(topic, [b"resumed"], 2)
        message = collect([later], 1)[0]
        equal((message.partition(), message.offset(), message.value()), (2, 25, b"resumed"))
        later.close()

    shares.__doc__ = f"group of two with a rebalance, commit and resumption ({strategy})"
    case(shares)


for name in ["range", "cooperative-sticky"]:
    group_case(name)


@case
def seek_by_time():
    """offsets for times, seek, watermarks, committed, position"""
    create("confluent-times", 1, {"retention.ms": "-1"})
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "gzip"})
    for i in range(100):
        producer.produce("confluent-times", str(i).encode(), timestamp=1_000_000 + i * 1000)
    producer.flush(30)
    reader = consumer("confluent-times")
    equal(reader.get_watermark_offsets(TopicPartition("confluent-times", 0), timeout=10), (0, 100))
    found = reader.offsets_for_times([TopicPartition("confluent-times", 0, 1_050_001)], timeout=10)
    equal(found[0].offset, 51)
    found = reader.offsets_for_times([TopicPartition("confluent-times", 0, 9_000_000)], timeout=10)
    equal(found[0].offset, -1)
    reader.assign([TopicPartition("confluent-times", 0, 51)])
    equal(collect([reader], 1)[0].value(), b"51")
    reader.seek(TopicPartition("confluent-times", 0, 98))
    equal([m.value() for m in collect([reader], 2)][-1], b"99")
    equal(reader.position([TopicPartition("confluent-times", 0)])[0].offset, 100)
    reader.commit(offsets=[TopicPartition("confluent-times", 0, 7)], asynchronous=False)
    equal(reader.committed([TopicPartition("confluent-times", 0)], timeout=10)[0].offset, 7)
    reader.close()


@case
def groups():
    """list groups names those with members, with their state"""
    create("confluent-listed")
    member = consumer("confluent-listed")
    member.subscribe(["confluent-listed"])
    until(lambda: poll(member) or member.assignment(), "an assignment")
    info = until(lambda: [g for g in admin.list_groups("confluent-listed", 10) if g.members], "the group")[0]
    equal((info.id, info.state, info.protocol_type, len(info.members)), ("confluent-listed", "Stable", "consumer", 1))
    assert "confluent-listed" in [g.id for g in admin.list_groups(timeout=10)]
    member.close()


@case
def transactional():
    """transactions work as a whole, or init_transactions fails (librdkafka may ask again until its time is up)"""
    create("confluent-transactions")
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "confluent-tx"})
    try:
        producer.init_transactions(5)
    except KafkaException as error:
        refusals = [KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]
        assert error.args[0].code() in refusals, error
        return
    for end in [producer.commit_transaction, producer.abort_transaction]:
        producer.begin_transaction()
        producer.produce("confluent-transactions", end.__name__.encode())
        producer.flush(30)
        end(30)
    reader = consumer("confluent-transactions", isolation_level="read_committed")
    reader.assign([TopicPartition("confluent-transactions", 0, 0)])
    equal([m.value() for m in collect([reader], 1)], [b"commit_transaction"])
    reader.close()


run()
