"""Every call of KafkaAdminClient: those that a broker without ACLs, transactions and KRaft serves, and the refusals."""
import inspect
import pathlib
import re
import time

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ACL, AbortTransactionSpec, ACLOperation, ACLPermissionType, ConfigResource, ConfigResourceType
from kafka.admin import MemberToRemove, NewPartitions, OffsetSpec, ResourcePattern, ResourceType, ScramMechanism
from kafka.admin import UserScramCredentialDeletion
from kafka.errors import IncompatibleBrokerVersion, InvalidPartitionsError, InvalidTopicError, NoError
from kafka.errors import TopicAlreadyExistsError, TransactionalIdAuthorizationFailedError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

from cases import equal, raises, until
from clients import Member


def topics(kit):
    """admin: topics are created, described, grown and deleted"""
    name = kit.topic("topics", 3)
    described = kit.admin.describe_topics([name])[0]
    equal((described["error_code"], described["name"], len(described["partitions"])), (0, name, 3))
    equal([partition["leader_id"] for partition in described["partitions"]], [0, 0, 0])
    raises(TopicAlreadyExistsError, lambda: kit.topic("topics", 3))
    raises(InvalidTopicError, lambda: kit.topic("a/b"))
    if kit.since(1, 0):
        kit.admin.create_partitions({name: NewPartitions(4)})
        until(lambda: len(kit.admin.describe_topics([name])[0]["partitions"]) == 4, "4 partitions")
        raises(InvalidPartitionsError, lambda: kit.admin.create_partitions({name: NewPartitions(2)}))
    kit.admin.wait_for_topics([name])
    kit.admin.delete_topics([name])
    until(lambda: name not in kit.admin.list_topics(), "the topic to be gone")
    raises(UnknownTopicOrPartitionError, lambda: kit.admin.delete_topics([f"{name}-never"]))


def cluster(kit):
    """admin: the cluster and its log directories"""
    if not kit.since(2, 8) or kit.since(3, 7):  # With version 0 of DescribeCluster the client trips over itself.
        described = kit.admin.describe_cluster()
        equal([f"{broker['host']}:{broker['port']}" for broker in described["brokers"]], [kit.bootstrap])
        assert described["cluster_id"] and described["controller_id"] == 0, described
    assert kit.admin.api_versions()
    if kit.since(2, 0):  # Version 0 is no longer served since Kafka 4.
        name = kit.topic("log-dirs")
        kit.produce(name, [b"x" * 1000])
        (broker,) = kit.admin.describe_log_dirs()
        sizes = {t["name"]: t["partitions"][0]["partition_size"] for t in broker["log_dirs"][0]["topics"]}
        assert 1000 < sizes[name] < 1200, sizes


def configs(kit):
    """admin: configs of a topic and of the broker are described, altered, reset"""
    name = kit.topic("configs", retention_ms="1000000")
    resource = ConfigResource(ConfigResourceType.TOPIC, name)

    def described(**options):
        return kit.admin.describe_configs([resource], **options)["topic"][name]

    equal({key: entry["value"] for key, entry in described().items()}, {"retention.ms": "1000000"})
    everything = described(config_filter="all")
    equal(everything["cleanup.policy"]["value"], "delete")
    change = ConfigResource(ConfigResourceType.TOPIC, name, {"segment.bytes": "1048576", "retention.ms": "1000000"})
    equal(kit.admin.alter_configs([change])["topic"][name], "OK")
    until(lambda: described().get("segment.bytes", {}).get("value") == "1048576", "the new value")
    equal(described()["retention.ms"]["value"], "1000000")
    if kit.since(2, 3):  # Before there were incremental changes, resetting one set back all.
        kit.admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"segment.bytes": None})])
        until(lambda: "segment.bytes" not in described(), "the value to be gone")
    broker = kit.admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "0")], config_filter="all")
    equal(broker["broker"]["0"]["offsets.topic.num.partitions"]["value"], "5")


def groups(kit):
    """admin: groups are listed, described, their offsets read, set, reset, deleted"""
    topic = group = kit.topic("admin-group", 2)
    kit.produce(topic, [b"0", b"1", b"2"], 0)
    member = Member(kit, group, topic)
    until(lambda: len(member.seen) == 3 and member.partitions == 2, "all partitions and records")
    assert group in [found["group_id"] for found in kit.admin.list_groups()]
    described = kit.admin.describe_groups([group])[group]
    equal((described["group_state"], described["protocol_data"], len(described["members"])), ("Stable", "range", 1))
    assigned = described["members"][0]["member_assignment"]["assigned_partitions"]
    equal(assigned, [{"topic": topic, "partitions": [0, 1]}])
    if kit.since(2, 4):
        equal(kit.admin.delete_group_offsets(group, [TopicPartition(topic, 0)])[TopicPartition(topic, 0)].__name__,
              "GroupSubscribedToTopicError")
    member.stop()
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    equal(kit.admin.alter_group_offsets(group, {second: OffsetAndMetadata(9, "note", -1)}), {second: NoError})
    found = kit.admin.list_group_offsets({group: None})[group]
    known = {tp.partition: (offset.offset, offset.metadata) for tp, offset in found.items()}
    equal(known, {0: (3, ""), 1: (9, "note")})
    equal(kit.admin.reset_group_offsets(group, {first: OffsetSpec.EARLIEST})[first]["offset"], 0)
    if kit.since(2, 4):
        equal(kit.admin.delete_group_offsets(group, [second]), {second: NoError})
        equal([tp.partition for tp in kit.admin.list_group_offsets({group: None})[group]], [0])
    if not kit.since(1, 1):
        return
    equal(kit.admin.delete_groups([group]), {group: "OK"})
    assert group not in [found["group_id"] for found in kit.admin.list_groups()]


def partitions(kit):
    """admin: records are deleted; offsets, producers, reassignments are listed"""
    topic = kit.topic("partitions")
    partition = TopicPartition(topic, 0)
    for timestamp in [3_000, 9_000, 6_000]:
        kit.produce(topic, [b"v"], timestamp_ms=timestamp)
    equal(kit.admin.delete_records({partition: 1})[partition]["low_watermark"], 1)

    def offset_at(spec):
        return kit.admin.list_partition_offsets({partition: spec})[partition].offset

    equal((offset_at(OffsetSpec.EARLIEST), offset_at(OffsetSpec.LATEST)), (1, 3))
    if kit.since(3, 0):
        equal(offset_at(OffsetSpec.MAX_TIMESTAMP), 1)
    if kit.since(2, 4):
        equal(kit.admin.list_partition_reassignments(), {})
    if kit.since(3, 0):
        producers = kit.admin.describe_producers([partition])[partition].active_producers
        equal([producer.last_sequence for producer in producers], [0, 0, 0])


def add(kit):
    for body in [topics, cluster, groups, partitions]:
        kit.add(body)
    if kit.since(1, 1):  # Version 0 of DescribeConfigs is no longer served since Kafka 4.
        kit.add(configs)


def small_ones(kit):
    """admin: a static member is removed, versions told, nothing moved"""
    assert kit.admin.get_broker_version_data(0).api_versions
    topic = group = kit.topic("removal")
    member = kit.joining(group, topic, group_instance_id="static")
    until(lambda: member.poll(500) == {} and member.assignment(), "the partition")
    removed = kit.admin.remove_group_members(group, [MemberToRemove(group_instance_id="static")])
    equal(removed, {"static": NoError})
    equal(kit.admin.describe_groups([group])[group]["members"], [])
    member.close(autocommit=False)
    equal(kit.admin.alter_replica_log_dirs({}), {})


# What needs transactions, ACLs, SCRAM, elections, moves or KRaft: not advertised, so the client refuses by itself.
partition = TopicPartition("found-refusals", 0)
pattern = ResourcePattern(ResourceType.TOPIC, "any")
acl = ACL("User:any", "*", ACLOperation.READ, ACLPermissionType.ALLOW, pattern)
refused = {
    "abort_transaction": [AbortTransactionSpec(partition, 1, 0, 0)],
    "alter_partition_reassignments": [{partition: [0]}],
    "alter_user_scram_credentials": [[UserScramCredentialDeletion("any", ScramMechanism.SCRAM_SHA_256)]],
    "create_acls": [[acl]],
    "delete_acls": [[acl]],
    "describe_acls": [acl],
    "describe_metadata_quorum": [],
    "describe_transactions": [["any"]],
    "describe_user_scram_credentials": [],
    "elect_leaders": [0],
    "find_hanging_transactions": [],
    "list_config_resources": [],
    "list_transactions": [],
    "update_features": [{}],
}


def topic_partitions(kit):
    """admin: partitions are described page by page"""
    topic = kit.topic("pages", 3)
    (found,) = kit.admin.describe_topic_partitions([topic], response_partition_limit=2)["topics"]
    equal((found["name"], [partition["partition_index"] for partition in found["partitions"]]), (topic, [0, 1]))


def refusals(kit):
    """admin: what is not served is refused at once"""
    kit.topic("refusals")
    equal(kit.admin.describe_features(), {})
    for name, arguments in refused.items():
        started = time.monotonic()
        try:
            raise AssertionError(f"{name}: {getattr(kit.admin, name)(*arguments)}")
        except (IncompatibleBrokerVersion, TransactionalIdAuthorizationFailedError):
            assert time.monotonic() - started < 2, name


def nothing_forgotten(kit):
    """admin: every method is called by these cases"""
    here = pathlib.Path(__file__)
    called = set(re.findall(r"admin\.(\w+)\(", here.read_text() + here.with_name("clients.py").read_text()))
    methods = {name for name, _ in inspect.getmembers(KafkaAdminClient, inspect.isfunction) if name[0] != "_"}
    equal(sorted(methods - called - set(refused) - {"close"}), [])


def add_once(kit, target):
    bodies = [small_ones, nothing_forgotten]
    if target == "millrace":
        bodies.append(refusals)
    if target not in ("apache-2.5", "apache-3.9"):  # In ZooKeeper mode Apache has no DescribeTopicPartitions.
        bodies.append(topic_partitions)
    for body in bodies:
        kit.add(body)
