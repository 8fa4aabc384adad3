import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reading without a group: positions, seeks, times, resets. */
final class ReadingCases {
    static void add(Cases cases, Kit kit) {
        cases.add("seek, positions, beginning and end offsets", () -> seek(kit));
        cases.add("offsetsForTimes, also inside compressed batches", () -> times(kit));
        cases.add("auto.offset.reset: earliest, latest and none", () -> reset(kit));
        cases.add("commitSync of chosen offsets with metadata, committed", () -> commit(kit));
        cases.add("isolation read_committed reads plain records", () -> readCommitted(kit));
        cases.add("max.poll.records, fetch sizes smaller than a batch, pause and resume", () -> limits(kit));
    }

    private static void seek(Kit kit) throws Exception {
        String topic = kit.topic("seek", 2);
        kit.produce(topic, 0, 100);
        TopicPartition partition = new TopicPartition(topic, 0);
        Collection<TopicPartition> both = Kit.partitions(topic, 2);
        try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            consumer.assign(both);
            Cases.equal(consumer.beginningOffsets(both).values().toString(), "[0, 0]");
            Cases.equal(consumer.endOffsets(both).get(partition), 100L);
            consumer.seek(partition, 97);
            Cases.equal(Kit.collect(3, consumer).get(0).value(), "97");
            consumer.seekToBeginning(Collections.singleton(partition));
            Cases.equal(consumer.position(partition), 0L);
            consumer.seekToEnd(both);
            Cases.equal(consumer.position(partition), 100L);
            Cases.equal(consumer.listTopics().get(topic).size(), 2);
        }
    }

    private static void times(Kit kit) throws Exception {
        for (String codec : new String[] {"none", "gzip"}) {
            String topic = kit.topic("times-" + codec, 1);
            TopicPartition partition = new TopicPartition(topic, 0);
            try (KafkaProducer<String, String> producer = kit.producer("compression.type", codec, "linger.ms", 50)) {
                for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + i * 1000, "k", "" + i));
            }
            try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
                Cases.equal(at(consumer, partition, 1_050_001).offset(), 51L);
                Cases.equal(at(consumer, partition, 1_050_001).timestamp(), 1_051_000L);
                Cases.equal(at(consumer, partition, 0).offset(), 0L);
                Cases.equal(at(consumer, partition, 2_000_000), null);
                consumer.assign(Collections.singleton(partition));
                consumer.seek(partition, at(consumer, partition, 1_099_000).offset());
                Cases.equal(Kit.collect(1, consumer).get(0).value(), "99");
            }
        }
    }

    private static OffsetAndTimestamp at(KafkaConsumer<String, String> consumer, TopicPartition partition, long time) {
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(Collections.singletonMap(partition, time));
        return found.get(partition);
    }

    private static void reset(Kit kit) throws Exception {
        String topic = kit.topic("reset", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        kit.produce(topic, 0, 10);
        try (KafkaConsumer<String, String> none = kit.consumer("reset", "auto.offset.reset", "none");
            KafkaConsumer<String, String> earliest = kit.consumer("reset");
            KafkaConsumer<String, String> latest = kit.consumer("reset", "auto.offset.reset", "latest")) {
            for (KafkaConsumer<String, String> each : List.of(none, earliest, latest)) each.assign(List.of(partition));
            Cases.raises(NoOffsetForPartitionException.class, () -> Kit.collect(1, none));
            Cases.equal(Kit.collect(10, earliest).get(0).offset(), 0L);
            Cases.equal(latest.position(partition), 10L);
            none.seek(partition, 1000);
            Cases.raises(OffsetOutOfRangeException.class, () -> Kit.collect(1, none));
            earliest.seek(partition, 1000);
            Cases.equal(Kit.collect(10, earliest).get(0).offset(), 0L);
        }
    }

    private static void commit(Kit kit) throws Exception {
        String topic = kit.topic("commit", 2);
        Collection<TopicPartition> both = Kit.partitions(topic, 2);
        TopicPartition partition = new TopicPartition(topic, 1);
        try (KafkaConsumer<String, String> consumer = kit.consumer("simple")) {
            consumer.assign(both);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "noted")));
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set(both));
            Cases.equal(committed.get(partition), new OffsetAndMetadata(7, "noted"));
            Cases.equal(committed.get(new TopicPartition(topic, 0)), null);
        }
    }

    private static java.util.Set<TopicPartition> Set(Collection<TopicPartition> partitions) {
        return new java.util.HashSet<>(partitions);
    }

    private static void readCommitted(Kit kit) throws Exception {
        String topic = kit.topic("read-committed", 1);
        kit.produce(topic, 0, 50);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = kit.consumer(null, "isolation.level", "read_committed")) {
            consumer.assign(List.of(partition));
            Cases.equal(Kit.collect(50, consumer).size(), 50);
            Cases.equal(consumer.endOffsets(List.of(partition)).get(partition), 50L);
        }
    }

    private static void limits(Kit kit) throws Exception {
        String topic = kit.topic("limits", 2);
        for (int i = 0; i < 2; i++) kit.produce(topic, i, 500);
        Object[] small = {"max.poll.records", 7, "fetch.max.bytes", 10, "max.partition.fetch.bytes", 10};
        try (KafkaConsumer<String, String> consumer = kit.consumer(null, small)) {
            consumer.assign(Kit.partitions(topic, 2));
            consumer.pause(List.of(new TopicPartition(topic, 1)));
            for (ConsumerRecord<String, String> record : Kit.collect(500, consumer)) Cases.equal(record.partition(), 0);
            consumer.resume(consumer.paused());
            for (ConsumerRecord<String, String> record : Kit.collect(500, consumer)) Cases.equal(record.partition(), 1);
        }
    }
}
