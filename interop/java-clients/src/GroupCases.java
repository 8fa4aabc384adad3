import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** Consumer groups of the classic protocol. */
final class GroupCases {
    static void add(Cases cases, Kit kit) {
        List<Class<?>> assignors =
            List.of(RangeAssignor.class, RoundRobinAssignor.class, StickyAssignor.class, CooperativeStickyAssignor.class);
        for (Class<?> assignor : assignors) {
            String name = assignor.getSimpleName();
            cases.add("group of two with a rebalance, commit and resumption: " + name, () -> shared(kit, assignor));
        }
        cases.add("cooperative rebalance: the first member keeps what it need not give", () -> cooperative(kit));
        cases.add("static member: a restart within the session moves nothing", () -> staticMember(kit));
        cases.add("static member: a second one with its id fences the first", () -> fenced(kit));
        cases.add("commitAsync, and auto-commit at close", () -> commits(kit));
        cases.add("a pattern subscription finds a new topic", () -> pattern(kit));
        cases.add("a stranger's commit to a group with members is refused", () -> stranger(kit));
        cases.add("a member that dies without leaving is replaced after its session", () -> silentDeath(kit));
    }

    private static final String assignor = "partition.assignment.strategy";

    private static void shared(Kit kit, Class<?> strategy) throws Exception {
        String topic = kit.topic("group-" + strategy.getSimpleName(), 4);
        String group = "group-" + strategy.getSimpleName();
        try (KafkaConsumer<String, String> first = kit.consumer(group, assignor, strategy.getName());
            KafkaConsumer<String, String> second = kit.consumer(group, assignor, strategy.getName())) {
            first.subscribe(List.of(topic));
            Kit.settle(4, first);
            second.subscribe(List.of(topic));
            Kit.settle(2, first, second);
            for (int i = 0; i < 4; i++) kit.produce(topic, i, 25);
            Set<String> seen = new HashSet<>();
            for (ConsumerRecord<String, String> record : Kit.collect(100, first, second)) {
                seen.add(record.partition() + "@" + record.offset());
            }
            Cases.equal(seen.size(), 100);
            first.commitSync();
            second.commitSync();
        }
        kit.produce(topic, 2, 1);
        try (KafkaConsumer<String, String> later = kit.consumer(group, assignor, strategy.getName())) {
            later.subscribe(List.of(topic));
            ConsumerRecord<String, String> record = Kit.collect(1, later).get(0);
            Cases.equal(record.partition() + "@" + record.offset(), "2@25");
        }
    }

    private static void cooperative(Kit kit) throws Exception {
        String topic = kit.topic("cooperative", 4);
        List<TopicPartition> revoked = new ArrayList<>();
        ConsumerRebalanceListener listener = new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                revoked.addAll(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        };
        String strategy = CooperativeStickyAssignor.class.getName();
        try (KafkaConsumer<String, String> first = kit.consumer("cooperative", assignor, strategy);
            KafkaConsumer<String, String> second = kit.consumer("cooperative", assignor, strategy)) {
            first.subscribe(List.of(topic), listener);
            Kit.settle(4, first);
            second.subscribe(List.of(topic));
            Kit.settle(2, first, second);
            Cases.equal(revoked.size(), 2);
            Cases.equal(new HashSet<>(revoked), second.assignment());
        }
    }

    private static void staticMember(Kit kit) throws Exception {
        String topic = kit.topic("static", 4);
        Object[] one = {"group.instance.id", "one", "session.timeout.ms", 20000};
        Object[] two = {"group.instance.id", "two", "session.timeout.ms", 20000};
        List<TopicPartition> moved = new ArrayList<>();
        ConsumerRebalanceListener listener = new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                moved.addAll(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        };
        KafkaConsumer<String, String> second = kit.consumer("static", two);
        try (KafkaConsumer<String, String> first = kit.consumer("static", one)) {
            first.subscribe(List.of(topic), listener);
            second.subscribe(List.of(topic));
            Kit.settle(2, first, second);
            Set<TopicPartition> before = second.assignment();
            moved.clear();
            second.close();
            second = kit.consumer("static", two);
            second.subscribe(List.of(topic));
            Kit.settle(2, first, second);
            Cases.equal(second.assignment(), before);
            Cases.equal(moved, Collections.emptyList());
        } finally {
            second.close();
        }
    }

    private static void fenced(Kit kit) throws Exception {
        String topic = kit.topic("fenced", 2);
        KafkaConsumer<String, String> first = kit.consumer("fenced", "group.instance.id", "same");
        try (KafkaConsumer<String, String> second = kit.consumer("fenced", "group.instance.id", "same")) {
            first.subscribe(List.of(topic));
            Kit.settle(2, first);
            second.subscribe(List.of(topic));
            Kit.settle(2, second);
            Cases.raises(FencedInstanceIdException.class, () -> Cases.until("the fence", () -> {
                Kit.poll(first);
                return false;
            }));
        } finally {
            first.close(Duration.ZERO);
        }
    }

    private static void commits(Kit kit) throws Exception {
        String topic = kit.topic("commits", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        kit.produce(topic, 0, 10);
        try (KafkaConsumer<String, String> consumer = kit.consumer("commits")) {
            consumer.subscribe(List.of(topic));
            Kit.collect(10, consumer);
            AtomicReference<Object> answer = new AtomicReference<>();
            consumer.commitAsync((offsets, error) -> answer.set(error == null ? offsets.get(partition).offset() : error));
            Cases.until("the answer", () -> {
                Kit.poll(consumer);
                return answer.get() != null;
            });
            Cases.equal(answer.get(), 10L);
        }
        kit.produce(topic, 0, 5);
        try (KafkaConsumer<String, String> consumer = kit.consumer("commits", "enable.auto.commit", true)) {
            consumer.subscribe(List.of(topic));
            Cases.equal(Kit.collect(5, consumer).get(0).offset(), 10L);
        }
        try (KafkaConsumer<String, String> consumer = kit.consumer("commits")) {
            Cases.equal(consumer.committed(Set.of(partition)).get(partition).offset(), 15L);
        }
    }

    private static void pattern(Kit kit) throws Exception {
        kit.topic("pattern-a", 1);
        try (KafkaConsumer<String, String> consumer = kit.consumer("pattern", "metadata.max.age.ms", 200)) {
            consumer.subscribe(Pattern.compile(Pattern.quote(kit.name("pattern-")) + ".*"));
            Kit.settle(1, consumer);
            kit.topic("pattern-b", 2);
            Kit.settle(3, consumer);
        }
    }

    private static void stranger(Kit kit) throws Exception {
        String topic = kit.topic("stranger", 1);
        try (KafkaConsumer<String, String> member = kit.consumer("stranger");
            KafkaConsumer<String, String> stranger = kit.consumer("stranger")) {
            member.subscribe(List.of(topic));
            Kit.settle(1, member);
            stranger.assign(Kit.partitions(topic, 1));
            Map<TopicPartition, OffsetAndMetadata> mine = Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1));
            Cases.raises(CommitFailedException.class, () -> stranger.commitSync(mine));
        }
    }

    /** `first` stops polling; its heartbeat thread is told to give up by a poll interval shorter than the session. */
    private static void silentDeath(Kit kit) throws Exception {
        String topic = kit.topic("silent", 2);
        KafkaConsumer<String, String> first = kit.consumer("silent", "max.poll.interval.ms", 6000);
        try (KafkaConsumer<String, String> second = kit.consumer("silent", "max.poll.interval.ms", 6000)) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            Kit.settle(1, first, second);
            Kit.settle(2, second);
        } finally {
            first.close(Duration.ZERO);
        }
    }
}
