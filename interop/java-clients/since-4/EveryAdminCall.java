import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metrics.KafkaMetric;

/**
 * Every method of Admin, one case each, with its overloads: here those that a broker serves which has no transactions,
 * ACLs, quotas, SCRAM, tokens, KRaft and no groups but classic ones; the others in RefusedAdminCalls.
 */
final class EveryAdminCall {
    private final Kit kit;
    private final Admin admin;
    private final String topic;
    private final TopicPartition partition;
    private final String group;
    private final Map<String, Cases.Case> calls = new TreeMap<>();

    static void add(Cases cases, Kit kit) {
        EveryAdminCall every = new EveryAdminCall(kit);
        cases.add("Admin: a topic and a group for all calls", every::prepare);
        every.calls.forEach((name, body) -> cases.add("Admin." + name, body));
        RefusedAdminCalls refused = new RefusedAdminCalls(kit);
        // Apache's own brokers serve most of these.
        if (kit.target.equals("millrace")) refused.addTo(cases);
        cases.add("Admin: no method is forgotten", () -> {
            Set<String> known = new TreeSet<>(every.calls.keySet());
            known.addAll(refused.names());
            Set<String> all = Arrays.stream(Admin.class.getMethods()).map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
            Cases.equal(known, all);
        });
    }

    private EveryAdminCall(Kit kit) {
        this.kit = kit;
        this.admin = kit.admin;
        this.topic = kit.name("every-call");
        this.partition = new TopicPartition(topic, 0);
        this.group = kit.name("every-call");
        addClusterCalls();
        addTopicCalls();
        addConfigCalls();
        addGroupCalls();
        addAliases();
        addLocalCalls();
    }

    private void prepare() throws Exception {
        kit.topic("every-call", 2);
        kit.produce(topic, 0, 10);
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3, Optional.of(0), "note"))).all().get();
    }

    private void addClusterCalls() {
        calls.put("describeCluster", () -> {
            DescribeClusterResult plain = admin.describeCluster();
            Cases.equal(plain.nodes().get().size(), 1);
            Cases.equal(plain.nodes().get().iterator().next().isFenced(), false);
            Cases.equal(plain.authorizedOperations().get(), null);
            DescribeClusterOptions asked = new DescribeClusterOptions().includeAuthorizedOperations(true);
            Cases.check(admin.describeCluster(asked).authorizedOperations().get().size() > 3, "operations");
        });
        calls.put("describeFeatures", () -> Cases.check(admin.describeFeatures().featureMetadata().get() != null, "features"));
        calls.put("describeLogDirs", () -> {
            Map<String, LogDirDescription> folders = admin.describeLogDirs(List.of(0)).descriptions().get(0).get();
            LogDirDescription folder = folders.values().iterator().next();
            Cases.check(folder.replicaInfos().get(partition).size() > 100, folder);
            Cases.equal(folder.replicaInfos().get(partition).isFuture(), false);
            Cases.check(folder.totalBytes().isPresent() && folder.usableBytes().isPresent(), folder);
        });
        calls.put("describeReplicaLogDirs", () -> {
            TopicPartitionReplica replica = new TopicPartitionReplica(topic, 0, 0);
            var info = admin.describeReplicaLogDirs(List.of(replica)).values().get(replica).get();
            Cases.check(info.getCurrentReplicaLogDir().startsWith("/"), info);
            Cases.equal(info.getFutureReplicaLogDir(), null);
        });
        calls.put("listPartitionReassignments", () -> {
            Cases.equal(admin.listPartitionReassignments().reassignments().get(), Map.of());
            Cases.equal(admin.listPartitionReassignments(Set.of(partition)).reassignments().get(), Map.of());
        });
        calls.put("describeProducers", () -> {
            var producers = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
            Cases.equal(producers.size(), 1);
            Cases.equal(producers.get(0).lastSequence(), 9);
        });
    }

    private void addTopicCalls() {
        calls.put("createTopics", () -> {
            var made = admin.createTopics(List.of(new NewTopic(kit.name("every-call-made"), 3, (short) 1)));
            made.all().get();
            Cases.equal(made.numPartitions(kit.name("every-call-made")).get(), 3);
            Cases.equal(made.config(kit.name("every-call-made")).get().get("cleanup.policy").value(), "delete");
        });
        calls.put("createPartitions", () -> {
            String grown = kit.topic("every-call-grown", 1);
            admin.createPartitions(Map.of(grown, NewPartitions.increaseTo(4))).all().get();
            Cases.until("four partitions", () -> describe(grown).partitions().size() == 4);
        });
        calls.put("deleteTopics", () -> {
            String gone = kit.topic("every-call-gone", 1);
            admin.deleteTopics(List.of(gone)).all().get();
            Cases.until("the topic to be gone", () -> !admin.listTopics().names().get().contains(gone));
        });
        calls.put("listTopics", () -> {
            var listing = admin.listTopics().namesToListings().get().get(topic);
            Cases.equal(listing.isInternal(), false);
            Cases.equal(listing.topicId(), describe(topic).topicId());
        });
        calls.put("describeTopics", () -> {
            TopicDescription description = describe(topic);
            Cases.equal(description.partitions().size(), 2);
            Cases.equal(description.partitions().get(1).leader().id(), 0);
            Cases.equal(description.partitions().get(1).isr().size(), 1);
        });
        calls.put("deleteRecords", () -> {
            var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2)));
            Cases.equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 2L);
        });
        calls.put("listOffsets", () -> {
            Cases.equal(offset(OffsetSpec.latest()), 10L);
            Cases.equal(offset(OffsetSpec.earliest()), offset(OffsetSpec.forTimestamp(0)));
            Cases.check(offset(OffsetSpec.maxTimestamp()) >= 0, "largest timestamp");
            Cases.equal(offset(OffsetSpec.earliestLocal()), offset(OffsetSpec.earliest()));
            Cases.equal(offset(OffsetSpec.latestTiered()), -1L);
            // Nothing is ever uploaded without tiered storage; only a 4.x broker knows the question.
            if (!kit.target.startsWith("apache-3") && !kit.target.startsWith("apache-2"))
                Cases.check(offset(OffsetSpec.earliestPendingUpload()) <= 2, "earliest pending upload");
        });
    }

    private TopicDescription describe(String name) throws Exception {
        return admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
    }

    private long offset(OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    private void addConfigCalls() {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        calls.put("describeConfigs", () -> {
            Cases.equal(config(resource).get("retention.ms").value(), "-1");
            Cases.equal(config(resource).get("retention.ms").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
            Cases.equal(config(resource).get("flush.ms").isDefault(), true);
            Config broker = config(new ConfigResource(ConfigResource.Type.BROKER, "0"));
            Cases.equal(broker.get("offsets.topic.num.partitions").value(), "5");
            // What holds for all brokers: a new KRaft cluster starts with one such config.
            Cases.check(config(new ConfigResource(ConfigResource.Type.BROKER, "")).entries().size() <= 1, "configs of all brokers");
        });
        calls.put("incrementalAlterConfigs", () -> {
            alter(resource, "segment.bytes", "1048577", AlterConfigOp.OpType.SET);
            Cases.until("the new value", () -> config(resource).get("segment.bytes").value().equals("1048577"));
            alter(resource, "segment.bytes", "", AlterConfigOp.OpType.DELETE);
            Cases.until("the old value", () -> config(resource).get("segment.bytes").isDefault());
            alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
            Cases.until("both policies", () -> config(resource).get("cleanup.policy").value().equals("delete,compact"));
            alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
            Cases.until("one policy", () -> config(resource).get("cleanup.policy").value().equals("delete"));
        });
    }

    private Config config(ConfigResource resource) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private void alter(ConfigResource resource, String key, String value, AlterConfigOp.OpType kind) throws Exception {
        AlterConfigOp change = new AlterConfigOp(new ConfigEntry(key, value), kind);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    }

    private void addGroupCalls() {
        calls.put("alterConsumerGroupOffsets", () -> {
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(4, "altered"))).all().get();
            Cases.equal(committed().get(partition).metadata(), "altered");
        });
        calls.put("listConsumerGroupOffsets", () -> {
            Cases.check(committed().get(partition).offset() >= 3, committed());
            var spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition, new TopicPartition(topic, 1)));
            var both = admin.listConsumerGroupOffsets(Map.of(group, spec, kit.name("nobody"), spec)).all().get();
            Cases.equal(both.get(group).get(new TopicPartition(topic, 1)), null);
            Cases.equal(both.get(kit.name("nobody")).get(partition), null);
        });
        calls.put("deleteConsumerGroupOffsets", () -> {
            String other = kit.name("every-call-offsets");
            admin.alterConsumerGroupOffsets(other, Map.of(partition, new OffsetAndMetadata(1))).all().get();
            admin.deleteConsumerGroupOffsets(other, Set.of(partition)).all().get();
            Cases.equal(admin.listConsumerGroupOffsets(other).partitionsToOffsetAndMetadata().get(), Map.of());
        });
        calls.put("deleteConsumerGroups", () -> {
            String other = kit.name("every-call-deleted");
            admin.alterConsumerGroupOffsets(other, Map.of(partition, new OffsetAndMetadata(1))).all().get();
            admin.deleteConsumerGroups(List.of(other)).all().get();
            Cases.check(!listed().contains(other), "still listed");
        });
        calls.put("listGroups", () -> Cases.check(listed().contains(group), "not listed"));
        calls.put("listConsumerGroups", () -> {
            var all = admin.listConsumerGroups().all().get();
            Cases.check(all.stream().anyMatch(each -> each.groupId().equals(group)), all);
        });
        calls.put("describeConsumerGroups", () -> {
            ConsumerGroupDescription description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            Cases.equal(description.groupState().toString(), "Empty");
            Cases.equal(description.coordinator().id(), 0);
        });
        calls.put("describeClassicGroups", () -> {
            ClassicGroupDescription description = admin.describeClassicGroups(List.of(group)).all().get().get(group);
            Cases.equal(description.state().toString(), "Empty");
            Cases.equal(description.members().size(), 0);
        });
        calls.put("removeMembersFromConsumerGroup", () -> {
            String other = "every-call-removed";
            try (KafkaConsumer<String, String> consumer = kit.consumer(other, "group.instance.id", "fixed")) {
                consumer.subscribe(List.of(topic));
                Kit.settle(2, consumer);
                var one = new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("fixed")));
                admin.removeMembersFromConsumerGroup(kit.name(other), one).all().get();
                var left = admin.describeConsumerGroups(List.of(kit.name(other))).all().get().get(kit.name(other));
                Cases.equal(left.members().size(), 0);
            }
        });
    }

    /** Calls of the newer kinds of group that are nothing but the older requests by another name. */
    private void addAliases() {
        String other = kit.name("every-call-alias");
        Map<TopicPartition, OffsetAndMetadata> one = Map.of(partition, new OffsetAndMetadata(1));
        calls.put("alterStreamsGroupOffsets", () -> {
            admin.alterStreamsGroupOffsets(other, one).all().get();
            Cases.equal(admin.listConsumerGroupOffsets(other).partitionsToOffsetAndMetadata().get().get(partition).offset(), 1L);
        });
        calls.put("listStreamsGroupOffsets", () -> {
            var wanted = Map.of(group, new ListStreamsGroupOffsetsSpec());
            Cases.equal(admin.listStreamsGroupOffsets(wanted).all().get().get(group), committed());
        });
        calls.put("deleteStreamsGroupOffsets", () -> {
            admin.alterConsumerGroupOffsets(other, one).all().get();
            admin.deleteStreamsGroupOffsets(other, Set.of(partition)).all().get();
            Cases.equal(admin.listConsumerGroupOffsets(other).partitionsToOffsetAndMetadata().get(), Map.of());
        });
        calls.put("deleteStreamsGroups", () -> {
            admin.alterConsumerGroupOffsets(other, one).all().get();
            admin.deleteStreamsGroups(List.of(other)).all().get();
            Cases.check(!listed().contains(other), "still listed");
        });
        calls.put("deleteShareGroups", () -> {
            admin.alterConsumerGroupOffsets(other, one).all().get();
            admin.deleteShareGroups(List.of(other)).all().get();
            Cases.check(!listed().contains(other), "still listed");
        });
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    private Collection<String> listed() throws Exception {
        return admin.listGroups().all().get().stream().map(each -> each.groupId()).collect(Collectors.toSet());
    }

    private void addLocalCalls() {
        calls.put("create", () -> Admin.create(Map.of("bootstrap.servers", (Object) kit.bootstrap)).close());
        calls.put("close", () -> Admin.create(kit.properties()).close(Duration.ofSeconds(5)));
        calls.put("metrics", () -> Cases.check(admin.metrics().size() > 10, admin.metrics()));
        calls.put("registerMetricForSubscription", () -> admin.registerMetricForSubscription(anyMetric()));
        calls.put("unregisterMetricFromSubscription", () -> admin.unregisterMetricFromSubscription(anyMetric()));
    }

    private KafkaMetric anyMetric() {
        return (KafkaMetric) admin.metrics().values().iterator().next();
    }
}
