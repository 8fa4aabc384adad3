import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What came with 4.0. */
final class Edition {
    static void add(Cases cases, Kit kit) {
        EveryAdminCall.add(cases, kit);
        cases.add("listGroups names each group once, with its type", () -> groups(kit));
        cases.add("group.protocol=consumer works, or is refused as unsupported", () -> newProtocol(kit));
    }

    private static void groups(Kit kit) throws Exception {
        String topic = kit.topic("list-groups", 1);
        try (KafkaConsumer<String, String> consumer = kit.consumer("list-groups")) {
            consumer.subscribe(List.of(topic));
            Kit.settle(1, consumer);
            List<GroupListing> mine = kit.admin.listGroups().all().get().stream()
                .filter(group -> group.groupId().equals(kit.name("list-groups"))).collect(Collectors.toList());
            Cases.equal(mine.size(), 1);
            Cases.equal(mine.get(0).protocol(), "consumer");
            Cases.equal(mine.get(0).type().map(Object::toString).orElse("Classic"), "Classic");
        }
    }

    private static void newProtocol(Kit kit) throws Exception {
        String topic = kit.topic("new-protocol", 1);
        java.util.Properties properties = kit.properties("group.id", kit.name("new-protocol"), "group.protocol", "consumer",
            "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
            "value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(topic));
            Kit.settle(1, consumer);
            Cases.equal(consumer.assignment(), Set.of(new TopicPartition(topic, 0)));
        } catch (UnsupportedVersionException refused) {
            Cases.check(refused.getMessage() != null, refused);
        }
    }
}
