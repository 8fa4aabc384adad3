import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** Admin calls about consumer groups. */
final class GroupAdminCases {
    static void add(Cases cases, Kit kit) {
        cases.add("list and describe groups: members, assignment, state", () -> describe(kit));
        cases.add("list, alter and delete a group's offsets", () -> offsets(kit));
        cases.add("a group with members keeps its offsets and itself", () -> busy(kit));
        cases.add("deleteConsumerGroups", () -> delete(kit));
        cases.add("removeMembersFromConsumerGroup: a static member", () -> remove(kit));
    }

    private static ConsumerGroupDescription describeOne(Kit kit, String group) throws Exception {
        return kit.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    }

    private static Set<String> listed(Kit kit) throws Exception {
        return kit.admin.listConsumerGroups().all().get().stream().map(ConsumerGroupListing::groupId).collect(Collectors.toSet());
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsetsOf(Kit kit, String group) throws Exception {
        return kit.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    private static void describe(Kit kit) throws Exception {
        String topic = kit.topic("members", 4);
        String group = kit.name("members");
        try (KafkaConsumer<String, String> first = kit.consumer("members", "client.id", "first");
            KafkaConsumer<String, String> second = kit.consumer("members", "client.id", "second", "group.instance.id", "fixed")) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            Kit.settle(2, first, second);
            ConsumerGroupDescription description = describeOne(kit, group);
            Cases.equal(description.state().toString(), "Stable");
            Cases.equal(description.partitionAssignor(), "range");
            Cases.equal(description.isSimpleConsumerGroup(), false);
            Cases.equal(description.coordinator().id(), 0);
            Cases.equal(description.members().size(), 2);
            for (MemberDescription member : description.members()) {
                KafkaConsumer<String, String> consumer = member.clientId().equals("first") ? first : second;
                Cases.equal(member.assignment().topicPartitions(), consumer.assignment());
                Cases.equal(member.groupInstanceId().orElse(null), consumer == first ? null : "fixed");
                Cases.check(member.host().contains("127.0.0.1"), member.host());
            }
            Cases.check(listed(kit).contains(group), "not listed");
        }
        Cases.check(unknownIsDead(kit), "an unknown group has a state other than Dead");
    }

    private static boolean unknownIsDead(Kit kit) throws Exception {
        try {
            return describeOne(kit, kit.name("nobody")).state().toString().equals("Dead");
        } catch (java.util.concurrent.ExecutionException error) {
            return error.getCause() instanceof GroupIdNotFoundException; // DescribeGroups 6 and later
        }
    }

    private static void offsets(Kit kit) throws Exception {
        String topic = kit.topic("offsets", 2);
        String group = kit.name("offsets");
        TopicPartition zero = new TopicPartition(topic, 0);
        TopicPartition one = new TopicPartition(topic, 1);
        Map<TopicPartition, OffsetAndMetadata> offsets =
            Map.of(zero, new OffsetAndMetadata(3), one, new OffsetAndMetadata(4, "why"));
        kit.admin.alterConsumerGroupOffsets(group, offsets).all().get();
        Cases.equal(offsetsOf(kit, group).get(zero).offset(), 3L);
        Cases.equal(offsetsOf(kit, group).get(one).metadata(), "why");
        Cases.equal(describeOne(kit, group).state().toString(), "Empty");
        kit.admin.deleteConsumerGroupOffsets(group, Set.of(zero)).all().get();
        Cases.equal(offsetsOf(kit, group).keySet(), Set.of(one));
        kit.produce(topic, 1, 6);
        try (KafkaConsumer<String, String> consumer = kit.consumer("offsets")) {
            consumer.subscribe(List.of(topic));
            Cases.equal(Kit.collect(2, consumer).get(0).offset(), 4L);
        }
        Cases.equal(offsetsOf(kit, kit.name("nobody")), Map.of());
    }

    private static void busy(Kit kit) throws Exception {
        String topic = kit.topic("busy", 1);
        String group = kit.name("busy");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = kit.consumer("busy")) {
            consumer.subscribe(List.of(topic));
            Kit.settle(1, consumer);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(5)));
            Map<TopicPartition, OffsetAndMetadata> zero = Map.of(partition, new OffsetAndMetadata(0));
            Cases.raises(UnknownMemberIdException.class, () -> kit.admin.alterConsumerGroupOffsets(group, zero).all().get());
            Cases.raises(GroupSubscribedToTopicException.class,
                () -> kit.admin.deleteConsumerGroupOffsets(group, Set.of(partition)).partitionResult(partition).get());
            Cases.raises(GroupNotEmptyException.class, () -> kit.admin.deleteConsumerGroups(List.of(group)).all().get());
            Cases.equal(offsetsOf(kit, group).get(partition).offset(), 5L);
        }
    }

    private static void delete(Kit kit) throws Exception {
        String topic = kit.topic("delete-group", 1);
        String group = kit.name("delete-group");
        kit.admin.alterConsumerGroupOffsets(group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0))).all().get();
        Cases.check(listed(kit).contains(group), "not listed");
        kit.admin.deleteConsumerGroups(List.of(group)).all().get();
        Cases.check(!listed(kit).contains(group), "still listed");
        Cases.equal(offsetsOf(kit, group), Map.of());
        Cases.raises(GroupIdNotFoundException.class, () -> kit.admin.deleteConsumerGroups(List.of(group)).all().get());
    }

    private static void remove(Kit kit) throws Exception {
        String topic = kit.topic("remove-member", 2);
        String group = kit.name("remove-member");
        Object[] fixed = {"group.instance.id", "fixed", "session.timeout.ms", 60000};
        try (KafkaConsumer<String, String> consumer = kit.consumer("remove-member", fixed)) {
            consumer.subscribe(List.of(topic));
            Kit.settle(2, consumer);
        }
        Cases.equal(describeOne(kit, group).members().size(), 1); // a static member does not leave when it closes
        RemoveMembersFromConsumerGroupOptions options = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("fixed")));
        kit.admin.removeMembersFromConsumerGroup(group, options).all().get();
        Cases.equal(describeOne(kit, group).members().size(), 0);
        RemoveMembersFromConsumerGroupOptions stranger = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("stranger")));
        Cases.raises(UnknownMemberIdException.class, () -> kit.admin.removeMembersFromConsumerGroup(group, stranger).all().get());
    }
}
