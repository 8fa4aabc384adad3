import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** What 4.0 removed. */
final class Edition {
    static void add(Cases cases, Kit kit) {
        cases.add("alterConfigs replaces the whole set", () -> alterConfigs(kit));
    }

    @SuppressWarnings("deprecation")
    private static void alterConfigs(Kit kit) throws Exception {
        ConfigResource resource = ConfigAdminCases.topic(kit.topic("replaced", 1));
        Config config = new Config(List.of(new ConfigEntry("segment.ms", "123456789")));
        kit.admin.alterConfigs(Map.of(resource, config)).all().get();
        ConfigAdminCases.untilValue(kit, resource, "segment.ms", "123456789");
        Cases.equal(ConfigAdminCases.describe(kit, resource).get("retention.ms").value(), "604800000");
    }
}
