import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A member of a group that tells what it owns and reads, a line each; it leaves when its standard input ends. */
final class Member {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("group.id", args[1]);
        String assignors = java.util.Arrays.stream(args[3].split(",")).map(Member::assignor).collect(Collectors.joining(","));
        properties.put("partition.assignment.strategy", assignors);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("session.timeout.ms", "3000");
        properties.put("heartbeat.interval.ms", "200");
        properties.put("fetch.max.wait.ms", "100");
        KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        Thread untilEnd = new Thread(() -> {
            try {
                while (input.readLine() != null) {}
            } catch (java.io.IOException gone) {
                // The same as its end.
            }
        });
        untilEnd.setDaemon(true);
        untilEnd.start();
        consumer.subscribe(Collections.singleton(args[2]), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
        String owned = "";
        while (untilEnd.isAlive()) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(50));
            String now = consumer.assignment().stream().map(TopicPartition::partition).sorted().map(String::valueOf)
                .collect(Collectors.joining(","));
            if (!now.equals(owned)) System.out.println("owns " + now);
            owned = now;
            for (ConsumerRecord<String, String> record : records) {
                System.out.println("read " + record.partition() + " " + record.offset() + " " + record.value());
            }
            if (!records.isEmpty()) consumer.commitSync();
            System.out.flush();
        }
        consumer.close();
    }

    private static String assignor(String name) {
        String prefix = "org.apache.kafka.clients.consumer.";
        switch (name) {
            case "range": return prefix + "RangeAssignor";
            case "roundrobin": return prefix + "RoundRobinAssignor";
            case "sticky": return prefix + "StickyAssignor";
            case "cooperative-sticky": return prefix + "CooperativeStickyAssignor";
            default: throw new IllegalArgumentException(name);
        }
    }
}
