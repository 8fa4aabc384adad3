import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/** Calls whose shape changed after 2.5. */
final class Shim {
    static void add(Cases cases, Kit kit) {}

    static Map<String, TopicDescription> describeTopics(Admin admin, Collection<String> topics) throws Exception {
        return admin.describeTopics(topics).all().get();
    }

    static Map<TopicPartition, Long> sizes(Admin admin, int broker) throws Exception {
        Map<TopicPartition, Long> sizes = new HashMap<>();
        admin.describeLogDirs(List.of(broker)).all().get().get(broker).values()
            .forEach(folder -> folder.replicaInfos.forEach((partition, info) -> sizes.merge(partition, info.size, Long::sum)));
        return sizes;
    }
}
