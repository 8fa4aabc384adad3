import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The methods of Admin that need what the broker does not have: each must say so at once. */
final class RefusedAdminCalls {
    private static final long soonMs = 5_000;

    private interface Call {
        KafkaFuture<?> future() throws Exception;
    }

    private record Refusal(Class<? extends Throwable> kind, Call call) {}

    private final Kit kit;
    private final Admin admin;
    private final Map<String, Refusal> calls = new TreeMap<>();

    RefusedAdminCalls(Kit kit) {
        this.kit = kit;
        this.admin = kit.admin;
        addSecurityCalls();
        addTransactionCalls();
        addClusterCalls();
        addGroupCalls();
    }

    Set<String> names() {
        return calls.keySet();
    }

    void addTo(Cases cases) {
        calls.forEach((name, refusal) -> cases.add("Admin." + name + " is refused at once", () -> {
            long startedAt = System.nanoTime();
            Cases.raises(refusal.kind(), () -> refusal.call().future().get(20, TimeUnit.SECONDS));
            long tookMs = (System.nanoTime() - startedAt) / 1_000_000;
            Cases.check(tookMs < soonMs, "only after " + tookMs + " ms");
        }));
    }

    private void unsupported(String name, Call call) {
        calls.put(name, new Refusal(UnsupportedVersionException.class, call));
    }

    private void addSecurityCalls() {
        ResourcePattern any = new ResourcePattern(ResourceType.TOPIC, "any", PatternType.LITERAL);
        AclBinding acl = new AclBinding(any, new AccessControlEntry("User:any", "*", AclOperation.READ, AclPermissionType.ALLOW));
        unsupported("describeAcls", () -> admin.describeAcls(AclBindingFilter.ANY).values());
        unsupported("createAcls", () -> admin.createAcls(List.of(acl)).all());
        unsupported("deleteAcls", () -> admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());
        unsupported("createDelegationToken", () -> admin.createDelegationToken().delegationToken());
        unsupported("renewDelegationToken", () -> admin.renewDelegationToken(new byte[1]).expiryTimestamp());
        unsupported("expireDelegationToken", () -> admin.expireDelegationToken(new byte[1]).expiryTimestamp());
        unsupported("describeDelegationToken", () -> admin.describeDelegationToken().delegationTokens());
        unsupported("describeUserScramCredentials", () -> admin.describeUserScramCredentials().all());
        var deletion = new UserScramCredentialDeletion("any", ScramMechanism.SCRAM_SHA_256);
        unsupported("alterUserScramCredentials", () -> admin.alterUserScramCredentials(List.of(deletion)).all());
        unsupported("describeClientQuotas", () -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities());
        var quota = new ClientQuotaAlteration(new ClientQuotaEntity(Map.of("user", "any")),
            List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1.0)));
        unsupported("alterClientQuotas", () -> admin.alterClientQuotas(List.of(quota)).all());
    }

    private void addTransactionCalls() {
        Class<? extends Throwable> noTransactions = TransactionalIdAuthorizationException.class;
        calls.put("describeTransactions", new Refusal(noTransactions, () -> admin.describeTransactions(List.of("any")).all()));
        calls.put("fenceProducers", new Refusal(noTransactions, () -> admin.fenceProducers(List.of("any")).all()));
        calls.put("forceTerminateTransaction", new Refusal(noTransactions, () -> admin.forceTerminateTransaction("any").result()));
        unsupported("listTransactions", () -> admin.listTransactions().all());
        unsupported("abortTransaction", () -> {
            TopicPartition partition = new TopicPartition(kit.name("every-call"), 0);
            return admin.abortTransaction(new AbortTransactionSpec(partition, 1, (short) 0, 0)).all();
        });
    }

    private void addClusterCalls() {
        TopicPartition partition = new TopicPartition(kit.name("every-call"), 0);
        unsupported("alterReplicaLogDirs", () -> {
            TopicPartitionReplica replica = new TopicPartitionReplica(partition.topic(), 0, 0);
            return admin.alterReplicaLogDirs(Map.of(replica, "/tmp")).all();
        });
        unsupported("electLeaders", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions());
        unsupported("alterPartitionReassignments", () -> {
            var target = Optional.of(new NewPartitionReassignment(List.of(0)));
            return admin.alterPartitionReassignments(Map.of(partition, target)).all();
        });
        unsupported("updateFeatures", () -> {
            FeatureUpdate update = new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE);
            return admin.updateFeatures(Map.of("any", update), new org.apache.kafka.clients.admin.UpdateFeaturesOptions()).all();
        });
        unsupported("describeMetadataQuorum", () -> admin.describeMetadataQuorum().quorumInfo());
        unsupported("unregisterBroker", () -> admin.unregisterBroker(9).all());
        unsupported("addRaftVoter", () -> admin.addRaftVoter(9, Uuid.randomUuid(), Set.of()).all());
        unsupported("removeRaftVoter", () -> admin.removeRaftVoter(9, Uuid.randomUuid()).all());
        unsupported("listConfigResources", () -> admin.listConfigResources().all());
        unsupported("listClientMetricsResources", () -> clientMetrics());
        // The client's own refusal: by default it pushes no metrics.
        calls.put("clientInstanceId", new Refusal(IllegalStateException.class,
            () -> KafkaFuture.completedFuture(admin.clientInstanceId(Duration.ofSeconds(3)))));
    }

    @SuppressWarnings({"deprecation", "removal"})
    private KafkaFuture<?> clientMetrics() {
        return admin.listClientMetricsResources().all();
    }

    private void addGroupCalls() {
        String group = kit.name("every-call");
        TopicPartition partition = new TopicPartition(group, 0);
        unsupported("describeShareGroups", () -> admin.describeShareGroups(List.of(group)).all());
        unsupported("alterShareGroupOffsets", () -> admin.alterShareGroupOffsets(group, Map.of(partition, 1L)).all());
        unsupported("listShareGroupOffsets", () -> admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).all());
        unsupported("deleteShareGroupOffsets", () -> admin.deleteShareGroupOffsets(group, Set.of(group)).all());
        unsupported("describeStreamsGroups", () -> admin.describeStreamsGroups(List.of(group)).all());
    }
}
