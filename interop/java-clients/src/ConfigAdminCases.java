import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Admin calls about configs. */
final class ConfigAdminCases {
    static final ConfigResource BROKER = new ConfigResource(ConfigResource.Type.BROKER, "0");
    static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    static void add(Cases cases, Kit kit) {
        cases.add("describeConfigs of a topic: values, sources, synonyms", () -> describeTopic(kit));
        cases.add("describeConfigs of the broker: values, sources, read-only ones", () -> describeBroker(kit));
        cases.add("incrementalAlterConfigs of a topic: set, delete, append, subtract", () -> incremental(kit));
        cases.add("incrementalAlterConfigs: each mistake has its own error and changes nothing", () -> mistakes(kit));
        cases.add("incrementalAlterConfigs of the broker and of all brokers", () -> dynamic(kit));
    }

    static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    static Config describe(Kit kit, ConfigResource resource) throws Exception {
        DescribeConfigsOptions options = new DescribeConfigsOptions().includeSynonyms(true);
        return kit.admin.describeConfigs(List.of(resource), options).all().get().get(resource);
    }

    static void alter(Kit kit, ConfigResource resource, OpType type, String... pairs) throws Exception {
        Collection<AlterConfigOp> operations = new java.util.ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) operations.add(new AlterConfigOp(new ConfigEntry(pairs[i], pairs[i + 1]), type));
        kit.admin.incrementalAlterConfigs(Map.of(resource, operations)).all().get();
    }

    static void untilValue(Kit kit, ConfigResource resource, String key, String value) throws Exception {
        Cases.until(key + "=" + value, () -> value.equals(describe(kit, resource).get(key).value()));
    }

    private static void describeTopic(Kit kit) throws Exception {
        ConfigResource resource = topic(kit.topic("configured", 1, "segment.bytes", "2000000"));
        Config config = describe(kit, resource);
        ConfigEntry segmentBytes = config.get("segment.bytes");
        Cases.equal(segmentBytes.value(), "2000000");
        Cases.equal(segmentBytes.source(), ConfigSource.DYNAMIC_TOPIC_CONFIG);
        List<String> names = segmentBytes.synonyms().stream().map(ConfigEntry.ConfigSynonym::name).collect(Collectors.toList());
        Cases.equal(names, Arrays.asList("segment.bytes", "log.segment.bytes"));
        Cases.equal(config.get("max.message.bytes").value(), "1048588");
        Cases.equal(config.get("max.message.bytes").source(), ConfigSource.DEFAULT_CONFIG);
        List<String> keys =
            List.of("cleanup.policy", "compression.type", "retention.bytes", "min.insync.replicas", "message.timestamp.type");
        for (String key : keys) Cases.check(config.get(key) != null, key);
        Cases.equal(config.get("flush.messages").value(), "9223372036854775807");
        Cases.raises(UnknownTopicOrPartitionException.class, () -> describe(kit, topic(kit.name("nowhere"))));
    }

    private static void describeBroker(Kit kit) throws Exception {
        Config config = describe(kit, BROKER);
        Cases.equal(config.get("offsets.topic.num.partitions").value(), "5");
        Cases.equal(config.get("offsets.topic.num.partitions").source(), ConfigSource.STATIC_BROKER_CONFIG);
        Cases.equal(config.get("offsets.topic.num.partitions").isReadOnly(), true);
        Cases.equal(config.get("message.max.bytes").isReadOnly(), false);
        Cases.equal(config.get("num.partitions").source(), ConfigSource.DEFAULT_CONFIG);
        Cases.check(describe(kit, ALL_BROKERS) != null, "no answer for all brokers");
    }

    private static void incremental(Kit kit) throws Exception {
        ConfigResource resource = topic(kit.topic("incremental", 1));
        alter(kit, resource, OpType.SET, "max.message.bytes", "5000", "cleanup.policy", "delete");
        untilValue(kit, resource, "max.message.bytes", "5000");
        alter(kit, resource, OpType.APPEND, "cleanup.policy", "compact");
        untilValue(kit, resource, "cleanup.policy", "delete,compact");
        alter(kit, resource, OpType.SUBTRACT, "cleanup.policy", "delete");
        untilValue(kit, resource, "cleanup.policy", "compact");
        alter(kit, resource, OpType.DELETE, "max.message.bytes", "");
        untilValue(kit, resource, "max.message.bytes", "1048588");
        Cases.equal(describe(kit, resource).get("cleanup.policy").value(), "compact");
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry("retention.bytes", "1"), OpType.SET);
        kit.admin.incrementalAlterConfigs(Map.of(resource, List.of(set)), new AlterConfigsOptions().validateOnly(true)).all().get();
        Cases.equal(describe(kit, resource).get("retention.bytes").value(), "-1");
    }

    private static void mistakes(Kit kit) throws Exception {
        ConfigResource resource = topic(kit.topic("mistakes", 1));
        Cases.raises(InvalidConfigurationException.class, () -> alter(kit, resource, OpType.SET, "retention.ms", "soon"));
        Cases.raises(InvalidConfigurationException.class, () -> alter(kit, resource, OpType.SET, "no.such.key", "1"));
        Cases.raises(InvalidConfigurationException.class, () -> alter(kit, resource, OpType.SET, "cleanup.policy", "sometimes"));
        Cases.raises(Exception.class, () -> alter(kit, resource, OpType.APPEND, "retention.ms", "1"));
        Cases.raises(InvalidRequestException.class, () -> alter(kit, resource, OpType.SET, "retention.ms", "1", "retention.ms", "2"));
        Cases.raises(UnknownTopicOrPartitionException.class, () -> alter(kit, topic(kit.name("nowhere")), OpType.SET, "retention.ms", "1"));
        Cases.equal(describe(kit, resource).get("retention.ms").value(), "-1");
    }

    private static void dynamic(Kit kit) throws Exception {
        alter(kit, ALL_BROKERS, OpType.SET, "message.max.bytes", "1500000");
        untilValue(kit, BROKER, "message.max.bytes", "1500000");
        Cases.equal(describe(kit, BROKER).get("message.max.bytes").source(), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        alter(kit, BROKER, OpType.SET, "message.max.bytes", "1600000");
        untilValue(kit, BROKER, "message.max.bytes", "1600000");
        Cases.equal(describe(kit, BROKER).get("message.max.bytes").source(), ConfigSource.DYNAMIC_BROKER_CONFIG);
        ConfigResource topic = topic(kit.topic("inherits", 1));
        untilValue(kit, topic, "max.message.bytes", "1600000");
        alter(kit, BROKER, OpType.DELETE, "message.max.bytes", "");
        alter(kit, ALL_BROKERS, OpType.DELETE, "message.max.bytes", "");
        untilValue(kit, BROKER, "message.max.bytes", "1048588");
        Cases.raises(Exception.class, () -> alter(kit, BROKER, OpType.SET, "broker.id", "7"));
        Cases.raises(Exception.class, () -> alter(kit, BROKER, OpType.SET, "message.max.bytes", "many"));
    }
}
