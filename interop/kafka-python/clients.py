"""Producer and consumer, with and without a group."""
import logging
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, RebalanceInProgressError
from kafka.protocol.broker_version_data import BROKER_API_VERSIONS
from kafka.structs import OffsetAndMetadata

from cases import case, equal, until

GROUP_APIS = [8, 9, 10, 11, 12, 13, 14]  # OffsetCommit to SyncGroup


class Kit:
    """Clients that speak as with one version of Kafka; None: as with the version that they find."""

    def __init__(self, bootstrap, version):
        self.bootstrap = bootstrap
        self.version = version
        self.label = "-".join(str(part) for part in version) if version else "found"
        self._admin = None

    def add(self, body):
        """Adds a case for this version; its name is the first line of the docstring."""

        def named():
            body(self)

        named.__doc__ = f"{body.__doc__.strip().splitlines()[0]} ({self.label.replace('-', '.')})"
        case(named)

    @property
    def admin(self):
        if self._admin is None:
            self._admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, api_version=self.version)
        return self._admin

    def versions_of(self, apis):
        table = BROKER_API_VERSIONS.get(self.version, {})
        return [table.get(api) for api in apis]

    def since(self, *version):
        return self.version is None or self.version >= version

    def topic(self, suffix, partitions=1, **configs):
        name = f"{self.label}-{suffix}"
        configs = {key.replace("_", "."): value for key, value in {"retention_ms": "-1", **configs}.items()}
        self.admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        until(lambda: name in self.admin.list_topics(), f"metadata of {name}")
        return name

    def producer(self, **config):
        return KafkaProducer(bootstrap_servers=self.bootstrap, api_version=self.version, **config)

    def produce(self, topic, values, partition=0, timestamp_ms=None, **config):
        producer = self.producer(**{"acks": "all", "linger_ms": 5, **config})
        futures = [producer.send(topic, value, partition=partition, timestamp_ms=timestamp_ms) for value in values]
        producer.flush(30)
        offsets = [future.get(30).offset for future in futures]
        producer.close()
        return offsets

    def consumer(self, group=None, **config):
        options = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        options |= {"session_timeout_ms": 10000, "heartbeat_interval_ms": 100, "fetch_max_wait_ms": 100}
        options |= {"bootstrap_servers": self.bootstrap, "api_version": self.version, "group_id": group}
        return KafkaConsumer(**{**options, **config})

    def joining(self, group, topic, **config):
        """A consumer that will join the group. It knows the topic first: this client can lose an assignment when it
        joins again because partitions have come up meanwhile, at Apache's broker too."""
        consumer = self.consumer(group, **config)
        consumer.subscribe([topic])
        until(lambda: consumer.partitions_for_topic(topic), f"metadata of {topic}")
        return consumer


def collect(count, reader):
    """Polls until `count` records have come."""
    seen = []

    def poll():
        for batch in reader.poll(500).values():
            seen.extend(batch)
        return len(seen) >= count

    until(poll, f"{count} records")
    return seen


class LogLines(logging.Handler):
    """What a logger says meanwhile."""

    def __init__(self, name):
        super().__init__()
        self._logger = logging.getLogger(name)
        self._lines = []

    def emit(self, record):
        self._lines.append(record.getMessage())

    def __enter__(self):
        self._logger.addHandler(self)
        return self._lines

    def __exit__(self, *_):
        self._logger.removeHandler(self)


class Member:
    """A member of a group, polled by a thread of its own."""

    def __init__(self, kit, group, topic):
        self.seen = []
        self.failure = None
        self.consumer = kit.joining(group, topic)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    @property
    def partitions(self):
        if self.failure:
            raise self.failure
        return len(self.consumer.assignment())

    def stop(self):
        """Commits and leaves."""
        self._stopping.set()
        self._thread.join(30)
        if self.failure:
            raise self.failure

    def _loop(self):
        try:
            while not self._stopping.is_set():
                self._poll()
            self._commit()
            self.consumer.close()
        except BaseException as error:
            self.failure = error

    def _poll(self):
        for batch in self.consumer.poll(200).values():
            self.seen.extend(batch)

    def _commit(self):
        """Polls first when the group rebalances, as the error says: another member has just left."""
        for _ in range(20):
            try:
                return self.consumer.commit()
            except RebalanceInProgressError:
                self._poll()
        raise TimeoutError("the group goes on rebalancing")


def every_codec(kit):
    """each codec, and acks of 0, 1 and all: what was sent is read"""
    codecs = [None, "gzip", "snappy", "lz4"] + (["zstd"] if kit.since(2, 1) else [])
    topic = kit.topic("codecs", len(codecs))
    values = [str(i).encode() for i in range(100)]
    for partition, codec in enumerate(codecs):
        equal(kit.produce(topic, values, partition, compression_type=codec), list(range(100)))
    equal(kit.produce(topic, values, 0, acks=1, enable_idempotence=False), list(range(100, 200)))
    kit.produce(topic, values, 0, acks=0, enable_idempotence=False)
    reader = kit.consumer(check_crcs=True)
    reader.assign([TopicPartition(topic, partition) for partition in range(len(codecs))])
    seen = collect(100 * (len(codecs) + 2), reader)
    for partition in range(len(codecs)):
        mine = [record for record in seen if record.partition == partition]
        equal([record.value for record in mine], values if partition > 0 else values * 3)
        equal([record.offset for record in mine], list(range(len(mine))))
    reader.close()


def what_a_record_holds(kit):
    """keys, headers, null values, timestamps"""
    topic = kit.topic("headers")
    producer = kit.producer()
    sent = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    producer.send(topic, None, key=b"k", headers=sent, timestamp_ms=1234567890123).get(30)
    producer.close()
    reader = kit.consumer(isolation_level="read_committed")
    reader.assign([TopicPartition(topic, 0)])
    record = collect(1, reader)[0]
    equal((record.key, record.value, list(record.headers), record.timestamp), (b"k", None, sent, 1234567890123))
    reader.close()


def log_append_time(kit):
    """a topic with LogAppendTime stamps records itself"""
    topic = kit.topic("append-time", message_timestamp_type="LogAppendTime")
    before = time.time() * 1000
    producer = kit.producer()
    answered = producer.send(topic, b"v", timestamp_ms=1234567890123).get(30)
    producer.close()
    assert before - 5000 < answered.timestamp < before + 60000, answered
    reader = kit.consumer()
    reader.assign([TopicPartition(topic, 0)])
    record = collect(1, reader)[0]
    equal((record.timestamp_type, record.timestamp), (1, answered.timestamp))
    reader.close()


def group_of_two(kit):
    """a group of two shares, commits and resumes"""
    topic = group = kit.topic("group", 4)
    members = [Member(kit, group, topic)]
    until(lambda: members[0].partitions == 4, "all partitions for the first")
    members.append(Member(kit, group, topic))
    until(lambda: [member.partitions for member in members] == [2, 2], "two partitions each")
    for partition in range(4):
        kit.produce(topic, [f"{partition}-{i}".encode() for i in range(25)], partition)
    until(lambda: sum(len(member.seen) for member in members) >= 100, "100 records")
    equal(len({(record.partition, record.offset) for member in members for record in member.seen}), 100)
    for member in members:
        member.stop()
    kit.produce(topic, [b"resumed"], 2)
    later = Member(kit, group, topic)
    until(lambda: later.seen, "the new record")
    equal([(record.partition, record.offset, record.value) for record in later.seen], [(2, 25, b"resumed")])
    later.stop()


def offsets(kit):
    """offsets by time, at the ends, seek, position, committed offsets with their notes"""
    topic = group = kit.topic("offsets")
    partition = TopicPartition(topic, 0)
    producer = kit.producer(compression_type="gzip", linger_ms=20)
    for i in range(100):
        producer.send(topic, str(i).encode(), timestamp_ms=1_000_000 + i * 1000)
    producer.flush(30)
    producer.close()
    reader = kit.consumer(group)
    reader.assign([partition])
    found = reader.offsets_for_times({partition: 1_050_001})[partition]
    equal((found.offset, found.timestamp), (51, 1_051_000))
    equal(reader.offsets_for_times({partition: 9_000_000})[partition], None)
    equal((reader.beginning_offsets([partition]), reader.end_offsets([partition])), ({partition: 0}, {partition: 100}))
    reader.seek(partition, 51)
    equal(collect(1, reader)[0].value, b"51")
    reader.commit({partition: OffsetAndMetadata(7, "noted", -1)})
    noted = reader.committed(partition, metadata=True)
    equal((noted.offset, noted.metadata), (7, "noted"))
    reader.seek_to_end(partition)
    equal(reader.position(partition), 100)
    reader.seek_to_beginning(partition)
    equal(reader.position(partition), 0)
    reader.close()


def add(kit, previous):
    """Adds the cases for a version; the slow one only where the APIs of groups differ from the previous version's."""
    for body in [every_codec, what_a_record_holds, log_append_time, offsets]:
        kit.add(body)
    if kit.versions_of(GROUP_APIS) != previous:
        kit.add(group_of_two)
    return kit.versions_of(GROUP_APIS)


def refused_producer(kit):
    """before 0.11: a producer fails at once"""
    Kit(kit.bootstrap, None).topic(f"{kit.label}-refused-producer")
    started = time.monotonic()
    producer = kit.producer(retries=0)
    future = producer.send(f"found-{kit.label}-refused-producer", b"v", partition=0)
    try:
        raise AssertionError(f"it was written: {future.get(20)}")
    except KafkaError as error:
        equal(type(error).__name__, "KafkaConnectionError")
    assert time.monotonic() - started < 5
    producer.close(2)


def refused_consumer(kit):
    """before 0.11: a consumer gets nothing, and its connection is closed, not left waiting"""
    topic = Kit(kit.bootstrap, None).topic(f"{kit.label}-refused-consumer")
    reader = kit.consumer()
    reader.assign([TopicPartition(topic, 0)])
    with LogLines("kafka.net") as lines:
        equal(reader.poll(1000), {})
    assert any("disconnected" in line for line in lines), lines
    reader.close()


def add_refusals(kit):
    for body in [refused_producer, refused_consumer]:
        kit.add(body)
