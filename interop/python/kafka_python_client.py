"""kafka-python against the broker named on the command line."""
import sys
import threading

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import InvalidPartitionsError, KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

from cases import case, equal, raises, run, until

bootstrap = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=bootstrap)


def create(topic, partitions=1, config=None):
    admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=config or {})])
    until(lambda: topic in admin.list_topics(), f"metadata of {topic}")


def produce(topic, values, partition=0, **config):
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20, **config)
    futures = [producer.send(topic, value, partition=partition) for value in values]
    producer.flush(30)
    offsets = [future.get(30).offset for future in futures]
    producer.close()
    return offsets


def consumer(group=None, **config):
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "session_timeout_ms": 6000}
    return KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, **{**options, **config})


def records(reader, timeout_ms=100):
    return [record for batch in reader.poll(timeout_ms).values() for record in batch]


def collect(reader, count):
    seen = []
    until(lambda: seen.extend(records(reader)) or len(seen) >= count, f"{count} records")
    return seen


@case
def topics():
    """create, list, describe and delete topics, with the errors for one that is there and one that is not"""
    create("kpy-topics", 3)
    described = admin.describe_topics(["kpy-topics"])[0]
    equal((described["error_code"], len(described["partitions"])), (0, 3))
    raises(TopicAlreadyExistsError, lambda: create("kpy-topics"))
    admin.delete_topics(["kpy-topics"])
    until(lambda: "kpy-topics" not in admin.list_topics(), "the topic to be gone")
    raises(UnknownTopicOrPartitionError, lambda: admin.delete_topics(["kpy-never"]))


@case
def cluster():
    """describe cluster"""
    described = admin.describe_cluster()
    equal([f"{b['host']}:{b['port']}" for b in described["brokers"]], [bootstrap])
    equal(described["controller_id"], described["brokers"][0]["node_id"])
    assert described["cluster_id"]


@case
def partitions():
    """create partitions; fewer than there are is refused"""
    create("kpy-grow", 1)
    admin.create_partitions({"kpy-grow": NewPartitions(4)})
    until(lambda: len(admin.describe_topics(["kpy-grow"])[0]["partitions"]) == 4, "4 partitions")
    raises(InvalidPartitionsError, lambda: admin.create_partitions({"kpy-grow": NewPartitions(2)}))


def topic_configs(topic):
    response = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])[0]
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


@case
def configs():
    """describe and alter configs of a topic and of the broker"""
    create("kpy-config", 1, {"retention.ms": "1000000"})
    equal(topic_configs("kpy-config")["retention.ms"], "1000000")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "kpy-config", {"segment.bytes": "1048576"})])
    until(lambda: topic_configs("kpy-config")["segment.bytes"] == "1048576", "the new value")
    equal(topic_configs("kpy-config")["retention.ms"], "604800000")
    response = admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "0")])[0]
    entries = {entry[0]: entry[1] for entry in response.resources[0][4]}
    equal(entries["offsets.topic.num.partitions"], "5")


def codec_case(codec):
    def produces():
        topic = f"kpy-{codec}"
        create(topic)
        values = [f"{codec} {i}".encode() for i in range(2000)]
        equal(produce(topic, values, compression_type=codec), list(range(2000)))
        reader = consumer(check_crcs=True)
        reader.assign([TopicPartition(topic, 0)])
        seen = collect(reader, 2000)
        equal([record.value for record in seen], values)
        equal([record.offset for record in seen], list(range(2000)))
        reader.close()

    produces.__doc__ = f"producer and consumer with {codec or 'none'}"
    case(produces)


for name in [None, "gzip", "snappy", "lz4", "zstd"]:
    codec_case(name)


@case
def headers():
    """headers, keys, null values and timestamps come back as they went"""
    create("kpy-headers", 1, {"retention.ms": "-1"})
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    sent = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    producer.send("kpy-headers", None, key=b"k", headers=sent, timestamp_ms=1234567890123).get(30)
    producer.close()
    reader = consumer()
    reader.assign([TopicPartition("kpy-headers", 0)])
    record = collect(reader, 1)[0]
    equal((record.key, record.value, list(record.headers), record.timestamp), (b"k", None, sent, 1234567890123))
    reader.close()


class Member(ConsumerRebalanceListener):
    """A consumer on a thread of its own, which is how kafka-python keeps its heartbeats going."""

    def __init__(self, group, topic):
        self.consumer = consumer(group)
        self.consumer.subscribe([topic], listener=self)
        self.assigned = set()
        self.seen = []
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def on_partitions_revoked(self, revoked):
        self.assigned = set()

    def on_partitions_assigned(self, assigned):
        self.assigned = set(assigned)

    def loop(self):
        try:
            while not self.stopping.is_set():
                self.seen.extend(records(self.consumer))
            self.consumer.commit()
            self.consumer.close()
        except BaseException as error:
            self.failure = error

    def stop(self):
        self.stopping.set()
        self.thread.join(30)
        if self.failure:
            raise self.failure


@case
def group():
    """group of two with a rebalance, commit and resumption"""
    create("kpy-group", 4)
    members = [Member("kpy-group", "kpy-group")]
    until(lambda: len(members[0].assigned) == 4, "all partitions for the first")
    members.append(Member("kpy-group", "kpy-group"))
    until(lambda: [len(member.assigned) for member in members] == [2, 2], "two partitions each")
    for partition in range(4):
        produce("kpy-group", [f"{partition}-{i}".encode() for i in range(25)], partition)
    until(lambda: sum(len(member.seen) for member in members) >= 100, "100 records")
    equal(len({(r.partition, r.offset) for member in members for r in member.seen}), 100)
    described = admin.describe_consumer_groups(["kpy-group"])[0]
    equal((described.state, described.protocol_type, len(described.members)), ("Stable", "consumer", 2))
    assert ("kpy-group", "consumer") in admin.list_consumer_groups()
    for member in members:
        member.stop()
    offsets = admin.list_consumer_group_offsets("kpy-group")
    equal({tp.partition: found.offset for tp, found in offsets.items()}, {0: 25, 1: 25, 2: 25, 3: 25})
    produce("kpy-group", [b"resumed"], 2)
    later = Member("kpy-group", "kpy-group")
    until(lambda: later.seen, "the new record")
    equal([(r.partition, r.offset, r.value) for r in later.seen], [(2, 25, b"resumed")])
    later.stop()
    equal(admin.delete_consumer_groups(["kpy-group"]), [("kpy-group", KafkaErrorOf(0))])
    assert ("kpy-group", "consumer") not in admin.list_consumer_groups()


def KafkaErrorOf(code):
    from kafka.errors import for_code

    return for_code(code)


@case
def seek_by_time():
    """offsets for times, seek, beginning and end offsets, commit of chosen offsets"""
    create("kpy-times", 1, {"retention.ms": "-1"})
    partition = TopicPartition("kpy-times", 0)
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type="gzip", linger_ms=20)
    for i in range(100):
        producer.send("kpy-times", str(i).encode(), timestamp_ms=1_000_000 + i * 1000)
    producer.flush(30)
    producer.close()
    reader = consumer("kpy-times")
    reader.assign([partition])
    found = reader.offsets_for_times({partition: 1_050_001})[partition]
    equal((found.offset, found.timestamp), (51, 1_051_000))
    equal(reader.offsets_for_times({partition: 9_000_000})[partition], None)
    equal((reader.beginning_offsets([partition]), reader.end_offsets([partition])), ({partition: 0}, {partition: 100}))
    reader.seek(partition, 51)
    equal(collect(reader, 1)[0].value, b"51")
    reader.commit({partition: OffsetAndMetadata(7, "noted")})
    equal(reader.committed(partition, metadata=True), OffsetAndMetadata(7, "noted"))
    reader.seek_to_end(partition)
    equal(reader.position(partition), 100)
    reader.close()


@case
def too_large():
    """a record over the broker's limit is refused with its own error"""
    create("kpy-large")
    producer = KafkaProducer(bootstrap_servers=bootstrap, max_request_size=3_000_000)
    future = producer.send("kpy-large", b"x" * 2_000_000)
    raises(KafkaError, lambda: future.get(30), "MessageSizeTooLarge")
    producer.close()


run()
