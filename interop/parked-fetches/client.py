"""librdkafka (confluent-kafka) with fetches that wait for half a minute, over 200 partitions. With the argument `wait`:
ten consumers that wait until the standard input ends."""
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from cases import case, equal, run, until

bootstrap = sys.argv[1]
admin = AdminClient({"bootstrap.servers": bootstrap})
PARTITIONS = 200
PARKED_SECONDS = 30


def create(topic, empty=False):
    """A topic, unless `empty` with a message in every partition: who has read those, fetches from all of them."""
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(30)
    until(lambda: len(admin.list_topics(topic, 10).topics[topic].partitions) == PARTITIONS, f"metadata of {topic}")
    made = producer()
    for partition in range(0 if empty else PARTITIONS):
        made.produce(topic, b"first", partition=partition)
    equal(made.flush(30), 0)


class Parked:
    """A consumer of all partitions whose fetches are with the broker."""

    def __init__(self, group, topic=None, **config):
        self.errors = []
        options = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
        options |= {"fetch.wait.max.ms": PARKED_SECONDS * 1000, "socket.timeout.ms": 60000}
        options |= {"enable.auto.commit": False, "heartbeat.interval.ms": 500, "session.timeout.ms": 10000}
        options |= {"error_cb": self.errors.append}
        self.consumer = Consumer({**options, **config})
        if topic:
            self.consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])

    def read_first(self):
        """Reads what `create` wrote."""
        read_soon(self.consumer, PARTITIONS, 60)
        return self.settle()

    def settle(self):
        """Until it has nothing left to ask but the next fetch."""
        equal(self.consumer.poll(1.5), None)
        return self

    def close(self):
        started = time.monotonic()
        self.consumer.close()
        equal([str(error) for error in self.errors], [])
        assert time.monotonic() - started < 5, "closing had to wait for a fetch"


def producer():
    return Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all"})


def send(made, topic, partition):
    made.produce(topic, b"v", partition=partition)
    equal(made.flush(10), 0)


def read_soon(consumer, count=1, within=2.0):
    """`count` messages, which must come within so many seconds."""
    started = time.monotonic()
    messages = []
    while len(messages) < count and time.monotonic() - started < within:
        message = consumer.poll(0.05)
        if message is not None:
            assert message.error() is None, message.error()
            messages.append(message)
    assert len(messages) == count, f"{len(messages)} of {count} messages within {within} s"
    return messages


@case
def wakes():
    """what is written to any of 200 partitions arrives at once"""
    create("parked")
    parked = Parked("parked", "parked").read_first()
    made = producer()
    for partition in (0, 7, 99, 199):
        send(made, "parked", partition)
        (message,) = read_soon(parked.consumer)
        equal((message.partition(), message.offset()), (partition, 1))
    for partition in range(PARTITIONS):
        made.produce("parked", b"v", partition=partition)
    equal(made.flush(10), 0)
    equal(len({message.partition() for message in read_soon(parked.consumer, PARTITIONS, 10)}), PARTITIONS)
    parked.close()


@case
def minimum_bytes():
    """a fetch that wants more bytes than there are comes back when they are there, not before"""
    create("parked-bytes")
    parked = Parked("parked-bytes", "parked-bytes", **{"fetch.min.bytes": 5000}).read_first()
    made = producer()
    send(made, "parked-bytes", 3)
    equal(parked.consumer.poll(1), None)
    made.produce("parked-bytes", b"x" * 6000, partition=150)
    equal(made.flush(10), 0)
    equal(sorted(message.partition() for message in read_soon(parked.consumer, 2)), [3, 150])
    parked.close()


@case
def no_timeout():
    """a wait longer than most clients' timeouts ends in nothing but the next wait"""
    create("parked-long")
    waits = {"fetch.wait.max.ms": 8000, "socket.timeout.ms": 10000}
    parked = Parked("parked-long", "parked-long", **waits).read_first()
    equal(parked.consumer.poll(18), None)
    send(producer(), "parked-long", 42)
    equal(read_soon(parked.consumer)[0].partition(), 42)
    parked.close()


@case
def commits():
    """commits and committed offsets are answered while fetches are parked"""
    create("parked-commits")
    # The coordinator has a connection of its own; what goes to the leader waits behind the fetch, at Apache's too.
    parked = Parked("parked-commits", "parked-commits").read_first()
    started = time.monotonic()
    for partition in range(20):
        parked.consumer.commit(offsets=[TopicPartition("parked-commits", partition, partition)], asynchronous=False)
    wanted = [TopicPartition("parked-commits", partition) for partition in range(20)]
    equal([found.offset for found in parked.consumer.committed(wanted, timeout=5)], list(range(20)))
    assert time.monotonic() - started < 5, "they had to wait for a fetch"
    parked.close()


@case
def groups():
    """members come and go while the others' fetches are parked"""
    create("parked-group")
    # With committed offsets no member has to ask the leader where to begin, behind its own parked fetch.
    before = Parked("parked-group", "parked-group").read_first()
    before.consumer.commit(asynchronous=False)
    before.close()
    members = []

    def settled():
        for member in members:
            message = member.consumer.poll(0.02)
            assert message is None or message.error() is None, message.error()
        return sorted(len(member.consumer.assignment()) for member in members) == wanted

    for wanted in ([200], [100, 100], [66, 67, 67]):
        members.append(Parked("parked-group"))
        members[-1].consumer.subscribe(["parked-group"])
        until(settled, f"{wanted} partitions", 15)
        for member in members:
            member.settle()
    members.pop().close()
    wanted = [100, 100]
    until(settled, "100 partitions each", 15)
    made = producer()
    for partition in range(PARTITIONS):
        made.produce("parked-group", b"v", partition=partition)
    equal(made.flush(10), 0)
    seen = set()

    def all_read():
        for member in members:
            message = member.consumer.poll(0.001)
            if message is not None:
                seen.add(message.partition())
        return len(seen) == PARTITIONS

    until(all_read, "all messages", 10)
    for member in members:
        member.consumer.commit(asynchronous=False)
    for member in members:
        member.close()


def wait():
    create("parked-idle", empty=True)
    parked = [Parked(f"parked-idle-{i}", "parked-idle") for i in range(5)]
    for i in range(5):
        parked.append(Parked(f"parked-idle-member-{i}"))
        parked[-1].consumer.subscribe(["parked-idle"])

    def assigned():
        return all(each.consumer.poll(0.1) is None and len(each.consumer.assignment()) == PARTITIONS for each in parked)

    until(assigned, "all partitions for each")
    for each in parked:
        each.settle()
    print("parked", flush=True)
    sys.stdin.read()
    for each in parked:
        each.close()


if sys.argv[2:] == ["wait"]:
    wait()
else:
    run()
