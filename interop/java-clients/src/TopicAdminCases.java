import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Admin calls about the cluster, topics, partitions and records. */
final class TopicAdminCases {
    static void add(Cases cases, Kit kit) {
        cases.add("describeCluster", () -> cluster(kit));
        cases.add("createTopics: what was made is in the answer; validateOnly makes nothing", () -> create(kit));
        cases.add("createTopics: each mistake has its own error", () -> createErrors(kit));
        // Apache's brokers with ZooKeeper make such a topic, without a leader.
        if (!kit.target.equals("apache-2.5") && !kit.target.equals("apache-3.9")) {
            cases.add("createTopics: a replica on a broker that is not there is refused", () -> absentBroker(kit));
        }
        cases.add("listTopics, with and without internal ones; describeTopics", () -> describe(kit));
        cases.add("createPartitions, and its errors", () -> partitions(kit));
        cases.add("deleteRecords moves the beginning", () -> deleteRecords(kit));
        cases.add("listOffsets: earliest, latest, by time", () -> listOffsets(kit));
        cases.add("describeLogDirs counts the bytes", () -> logDirs(kit));
        cases.add("listPartitionReassignments: none", () -> reassignments(kit));
        cases.add("deleteTopics: gone, and made again as an empty one", () -> delete(kit));
    }

    private static void cluster(Kit kit) throws Exception {
        DescribeClusterResult cluster = kit.admin.describeCluster();
        Cases.equal(cluster.nodes().get().size(), 1);
        Cases.equal(cluster.controller().get().id(), 0);
        Cases.equal(cluster.controller().get().host() + ":" + cluster.controller().get().port(), kit.bootstrap);
        Cases.check(cluster.clusterId().get().length() > 10, cluster.clusterId().get());
    }

    private static void create(Kit kit) throws Exception {
        NewTopic topic = new NewTopic(kit.name("created"), 3, (short) 1).configs(Map.of("retention.ms", "77777777"));
        CreateTopicsOptions dry = new CreateTopicsOptions().validateOnly(true);
        Cases.equal(kit.admin.createTopics(List.of(topic), dry).numPartitions(topic.name()).get(), 3);
        Cases.check(!kit.admin.listTopics().names().get().contains(topic.name()), "made by validateOnly");
        CreateTopicsResult made = kit.admin.createTopics(List.of(topic));
        made.all().get();
        Cases.equal(made.numPartitions(topic.name()).get(), 3);
        Cases.equal(made.replicationFactor(topic.name()).get(), 1);
        Cases.equal(made.config(topic.name()).get().get("retention.ms").value(), "77777777");
        NewTopic assigned = new NewTopic(kit.name("assigned"), Map.of(0, List.of(0), 1, List.of(0)));
        kit.admin.createTopics(List.of(assigned)).all().get();
        Cases.until("two partitions", () -> kit.admin.listTopics().names().get().contains(assigned.name())
            && describeOne(kit, assigned.name()).partitions().size() == 2);
        NewTopic byDefault = new NewTopic(kit.name("by-default"), java.util.Optional.empty(), java.util.Optional.empty());
        kit.admin.createTopics(List.of(byDefault)).all().get();
    }

    private static void createErrors(Kit kit) throws Exception {
        String there = kit.topic("there", 1);
        refused(kit, TopicExistsException.class, new NewTopic(there, 1, (short) 1));
        refused(kit, InvalidReplicationFactorException.class, new NewTopic(kit.name("bad"), 1, (short) 3));
        refused(kit, InvalidPartitionsException.class, new NewTopic(kit.name("bad"), 0, (short) 1));
        refused(kit, InvalidTopicException.class, new NewTopic("bad name", 1, (short) 1));
        refused(kit, InvalidTopicException.class, new NewTopic("..", 1, (short) 1));
        for (String key : List.of("retention.ms", "no.such")) {
            NewTopic configured = new NewTopic(kit.name("bad"), 1, (short) 1).configs(Map.of(key, "x"));
            refused(kit, InvalidConfigurationException.class, configured);
        }
        refused(kit, InvalidReplicaAssignmentException.class, new NewTopic(kit.name("bad"), Map.of(0, List.of(0, 0))));
        refused(kit, InvalidReplicaAssignmentException.class, new NewTopic(kit.name("bad"), Map.of(1, List.of(0))));
        Cases.check(!kit.admin.listTopics().names().get().contains(kit.name("bad")), "a refused topic was made");
    }

    private static void absentBroker(Kit kit) throws Exception {
        refused(kit, InvalidReplicaAssignmentException.class, new NewTopic(kit.name("bad"), Map.of(0, List.of(9))));
    }

    private static void refused(Kit kit, Class<? extends Exception> kind, NewTopic topic) throws Exception {
        try {
            Cases.raises(kind, () -> kit.admin.createTopics(List.of(topic)).all().get());
        } catch (AssertionError error) {
            throw new AssertionError(topic + ": " + error.getMessage(), error);
        }
    }

    private static TopicDescription describeOne(Kit kit, String topic) throws Exception {
        return Shim.describeTopics(kit.admin, List.of(topic)).get(topic);
    }

    private static void describe(Kit kit) throws Exception {
        String topic = kit.topic("described", 3);
        try (KafkaConsumer<String, String> consumer = kit.consumer("described")) {
            consumer.committed(Set.of(new TopicPartition(topic, 0))); // makes the offsets topic
        }
        Cases.check(!kit.admin.listTopics().names().get().contains("__consumer_offsets"), "internal topic listed");
        ListTopicsOptions internal = new ListTopicsOptions().listInternal(true);
        Cases.check(kit.admin.listTopics(internal).names().get().contains("__consumer_offsets"), "internal topic not listed");
        TopicDescription description = describeOne(kit, topic);
        Cases.equal(description.partitions().size(), 3);
        Cases.equal(description.isInternal(), false);
        for (int i = 0; i < 3; i++) {
            Cases.equal(description.partitions().get(i).partition(), i);
            Cases.equal(description.partitions().get(i).leader().id(), 0);
            Cases.equal(description.partitions().get(i).replicas().size(), 1);
            Cases.equal(description.partitions().get(i).isr().size(), 1);
        }
        Cases.raises(UnknownTopicOrPartitionException.class, () -> describeOne(kit, kit.name("nowhere")));
        Cases.raises(InvalidTopicException.class, () -> describeOne(kit, "bad name"));
    }

    private static void partitions(Kit kit) throws Exception {
        String topic = kit.topic("grown", 1);
        kit.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
        Cases.until("three partitions", () -> describeOne(kit, topic).partitions().size() == 3);
        kit.produce(topic, 2, 5);
        for (int count : new int[] {2, 3}) {
            Map<String, NewPartitions> wanted = Map.of(topic, NewPartitions.increaseTo(count));
            Cases.raises(InvalidPartitionsException.class, () -> kit.admin.createPartitions(wanted).all().get());
        }
        Map<String, NewPartitions> unknown = Map.of(kit.name("nowhere"), NewPartitions.increaseTo(2));
        Cases.raises(UnknownTopicOrPartitionException.class, () -> kit.admin.createPartitions(unknown).all().get());
        Map<String, NewPartitions> placed = Map.of(topic, NewPartitions.increaseTo(4, List.of(List.of(9))));
        Cases.raises(InvalidReplicaAssignmentException.class, () -> kit.admin.createPartitions(placed).all().get());
    }

    private static void deleteRecords(Kit kit) throws Exception {
        String topic = kit.topic("trimmed", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        kit.produce(topic, 0, 100);
        Cases.equal(deleteBefore(kit, partition, 40), 40L);
        Cases.equal(deleteBefore(kit, partition, 10), 40L);
        try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            consumer.assign(List.of(partition));
            Cases.equal(consumer.beginningOffsets(List.of(partition)).get(partition), 40L);
            Cases.equal(Kit.collect(60, consumer).get(0).offset(), 40L);
        }
        Cases.raises(OffsetOutOfRangeException.class, () -> deleteBefore(kit, partition, 101));
        Cases.equal(deleteBefore(kit, partition, -1), 100L);
        TopicPartition compacted = new TopicPartition(kit.topic("trimmed-compacted", 1, "cleanup.policy", "compact"), 0);
        Cases.raises(PolicyViolationException.class, () -> deleteBefore(kit, compacted, 0));
    }

    private static long deleteBefore(Kit kit, TopicPartition partition, long offset) throws Exception {
        Map<TopicPartition, RecordsToDelete> wanted = Map.of(partition, RecordsToDelete.beforeOffset(offset));
        return kit.admin.deleteRecords(wanted).lowWatermarks().get(partition).get().lowWatermark();
    }

    private static void listOffsets(Kit kit) throws Exception {
        String topic = kit.topic("list-offsets", 2);
        long before = System.currentTimeMillis();
        kit.produce(topic, 1, 30);
        TopicPartition partition = new TopicPartition(topic, 1);
        Cases.equal(offset(kit, partition, OffsetSpec.earliest()).offset(), 0L);
        Cases.equal(offset(kit, partition, OffsetSpec.latest()).offset(), 30L);
        Cases.equal(offset(kit, partition, OffsetSpec.latest()).leaderEpoch(), java.util.Optional.of(0));
        Cases.equal(offset(kit, partition, OffsetSpec.forTimestamp(before)).offset(), 0L);
        Cases.equal(offset(kit, partition, OffsetSpec.forTimestamp(System.currentTimeMillis() + 60_000)).offset(), -1L);
        TopicPartition unknown = new TopicPartition(topic, 9);
        ListOffsetsOptions soon = new ListOffsetsOptions().timeoutMs(1000);
        Map<TopicPartition, OffsetSpec> wanted = Map.of(unknown, OffsetSpec.latest());
        Cases.raises(Exception.class, () -> kit.admin.listOffsets(wanted, soon).partitionResult(unknown).get());
    }

    static ListOffsetsResult.ListOffsetsResultInfo offset(Kit kit, TopicPartition partition, OffsetSpec spec) throws Exception {
        return kit.admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
    }

    private static void logDirs(Kit kit) throws Exception {
        String topic = kit.topic("measured", 1);
        kit.produce(topic, 0, 100);
        Map<TopicPartition, Long> sizes = Shim.sizes(kit.admin, 0);
        long bytes = sizes.get(new TopicPartition(topic, 0));
        Cases.check(bytes > 100 && bytes < 100_000, bytes);
    }

    private static void reassignments(Kit kit) throws Exception {
        Cases.equal(kit.admin.listPartitionReassignments().reassignments().get(), Collections.emptyMap());
        Set<TopicPartition> some = Set.of(new TopicPartition(kit.topic("still", 1), 0));
        Cases.equal(kit.admin.listPartitionReassignments(some).reassignments().get(), Collections.emptyMap());
    }

    private static void delete(Kit kit) throws Exception {
        String topic = kit.topic("deleted", 2);
        kit.produce(topic, 0, 10);
        kit.admin.deleteTopics(List.of(topic)).all().get();
        Cases.until("the topic to be gone", () -> !kit.admin.listTopics().names().get().contains(topic));
        Collection<String> again = List.of(topic);
        Cases.raises(UnknownTopicOrPartitionException.class, () -> kit.admin.deleteTopics(again).all().get());
        kit.topicAgain("deleted", 1);
        Cases.equal(kit.produce(topic, 0, 1).get(0).offset(), 0L);
    }
}
