import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicIdException;

/** Calls whose shape changed after 2.5, and cases for what came after it. */
final class Shim {
    static void add(Cases cases, Kit kit) {
        cases.add("topic ids: describe and delete by id; a topic made again has another", () -> topicIds(kit));
        cases.add("listOffsets: the largest timestamp", () -> maxTimestamp(kit));
        cases.add("describeProducers", () -> producers(kit));
        cases.add("describeLogDirs: total and usable bytes", () -> volume(kit));
        cases.add("removeMembersFromConsumerGroup: all members", () -> removeAll(kit));
        cases.add("describeFeatures answers", () -> kit.admin.describeFeatures().featureMetadata().get());
    }

    static Map<String, TopicDescription> describeTopics(Admin admin, Collection<String> topics) throws Exception {
        return admin.describeTopics(topics).allTopicNames().get();
    }

    static Map<TopicPartition, Long> sizes(Admin admin, int broker) throws Exception {
        Map<TopicPartition, Long> sizes = new HashMap<>();
        admin.describeLogDirs(List.of(broker)).allDescriptions().get().get(broker).values()
            .forEach(folder -> folder.replicaInfos().forEach((partition, info) -> sizes.merge(partition, info.size(), Long::sum)));
        return sizes;
    }

    private static Uuid idOf(Kit kit, String topic) throws Exception {
        return describeTopics(kit.admin, List.of(topic)).get(topic).topicId();
    }

    private static void topicIds(Kit kit) throws Exception {
        String topic = kit.topic("ids", 1);
        Uuid id = idOf(kit, topic);
        Cases.check(!id.equals(Uuid.ZERO_UUID), "no id");
        TopicCollection one = TopicCollection.ofTopicIds(List.of(id));
        Cases.equal(kit.admin.describeTopics(one).allTopicIds().get().get(id).name(), topic);
        kit.admin.deleteTopics(one).all().get();
        Cases.until("the topic to be gone", () -> !kit.admin.listTopics().names().get().contains(topic));
        kit.topicAgain("ids", 1);
        Cases.check(!idOf(kit, topic).equals(id), "the old id again");
        Cases.raises(UnknownTopicIdException.class, () -> kit.admin.deleteTopics(one).all().get());
        Cases.raises(UnknownTopicIdException.class, () -> kit.admin.describeTopics(one).allTopicIds().get());
    }

    private static void maxTimestamp(Kit kit) throws Exception {
        String topic = kit.topic("max-timestamp", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        Cases.equal(TopicAdminCases.offset(kit, partition, OffsetSpec.maxTimestamp()).offset(), -1L);
        try (KafkaProducer<String, String> producer = kit.producer("compression.type", "gzip")) {
            for (long time : new long[] {1000, 5000, 3000}) producer.send(new ProducerRecord<>(topic, 0, time, "k", "v"));
        }
        Cases.equal(TopicAdminCases.offset(kit, partition, OffsetSpec.maxTimestamp()).offset(), 1L);
        Cases.equal(TopicAdminCases.offset(kit, partition, OffsetSpec.maxTimestamp()).timestamp(), 5000L);
    }

    private static void producers(Kit kit) throws Exception {
        String topic = kit.topic("producers", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        kit.produce(topic, 0, 3, "enable.idempotence", true, "linger.ms", 200);
        List<ProducerState> states = kit.admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
        Cases.equal(states.size(), 1);
        Cases.equal(states.get(0).lastSequence(), 2);
        Cases.equal(states.get(0).producerEpoch(), 0);
        Cases.equal(states.get(0).currentTransactionStartOffset().isPresent(), false);
    }

    private static void volume(Kit kit) throws Exception {
        LogDirDescription folder = kit.admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0).values().iterator().next();
        Cases.equal(folder.error(), null);
        Cases.check(folder.totalBytes().getAsLong() > folder.usableBytes().getAsLong(), folder);
    }

    private static void removeAll(Kit kit) throws Exception {
        String topic = kit.topic("remove-all", 1);
        String group = kit.name("remove-all");
        try (KafkaConsumer<String, String> consumer = kit.consumer("remove-all")) {
            consumer.subscribe(List.of(topic));
            Kit.settle(1, consumer);
            kit.admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all().get();
            Cases.equal(kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().size(), 0);
            Kit.settle(1, consumer);
            Cases.until("it joins again", () -> {
                Kit.poll(consumer);
                return kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().size() == 1;
            });
        }
    }
}
