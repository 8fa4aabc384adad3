import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.TimestampType;

final class ProducerCases {
    static void add(Cases cases, Kit kit) {
        for (String codec : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
            cases.add("idempotent producer and consumer with " + codec, () -> codec(kit, codec));
        }
        cases.add("headers, null keys and values, timestamps come back as they went", () -> headers(kit));
        cases.add("the default partitioner reaches every partition, and a key always the same one", () -> partitioner(kit));
        cases.add("acks 0 and 1", () -> acks(kit));
        cases.add("a topic is made by producing to it", () -> autoCreation(kit));
        cases.add("LogAppendTime: the broker's clock, in the answer and in the records", () -> logAppendTime(kit));
        cases.add("a record over max.message.bytes is refused: RecordTooLargeException", () -> tooLarge(kit));
        cases.add("a compacted topic refuses a record without key", () -> keyless(kit));
        cases.add("batches of a megabyte, many in flight", () -> large(kit));
    }

    private static void codec(Kit kit, String codec) throws Exception {
        String topic = kit.topic("codec-" + codec, 1);
        Object[] config = {"compression.type", codec, "enable.idempotence", true, "batch.size", 4000};
        List<RecordMetadata> answers = kit.produce(topic, 0, 3000, config);
        List<Long> offsets = answers.stream().map(RecordMetadata::offset).collect(Collectors.toList());
        Cases.equal(offsets, IntStream.range(0, 3000).mapToObj(i -> (long) i).collect(Collectors.toList()));
        try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            consumer.assign(Kit.partitions(topic, 1));
            List<ConsumerRecord<String, String>> records = Kit.collect(3000, consumer);
            for (int i = 0; i < 3000; i++) {
                ConsumerRecord<String, String> record = records.get(i);
                Cases.equal(record.offset() + record.key() + record.value(), i + "k" + i + i);
                Cases.equal(record.timestamp(), answers.get(i).timestamp());
            }
        }
    }

    private static void headers(Kit kit) throws Exception {
        String topic = kit.topic("headers", 1);
        ProducerRecord<String, String> sent = new ProducerRecord<>(topic, 0, 1234567890123L, null, (String) null);
        sent.headers().add("a", "1".getBytes(StandardCharsets.UTF_8)).add("a", new byte[0]).add("null", null);
        try (KafkaProducer<String, String> producer = kit.producer();
            KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            Cases.equal(producer.send(sent).get().timestamp(), 1234567890123L);
            consumer.assign(Kit.partitions(topic, 1));
            ConsumerRecord<String, String> record = Kit.collect(1, consumer).get(0);
            Cases.equal(record.headers(), sent.headers());
            Cases.equal(record.key(), null);
            Cases.equal(record.value(), null);
            Cases.equal(record.timestamp(), 1234567890123L);
            Cases.equal(record.timestampType(), TimestampType.CREATE_TIME);
        }
    }

    private static void partitioner(Kit kit) throws Exception {
        String topic = kit.topic("partitioner", 4);
        try (KafkaProducer<String, String> producer = kit.producer()) {
            Cases.equal(producer.partitionsFor(topic).size(), 4);
            List<Integer> first = partitionsOf(producer, topic);
            Cases.equal(partitionsOf(producer, topic), first);
            Cases.equal(first.stream().distinct().count(), 4L);
        }
    }

    private static List<Integer> partitionsOf(KafkaProducer<String, String> producer, String topic) throws Exception {
        List<Integer> partitions = new ArrayList<>();
        for (int i = 0; i < 40; i++) partitions.add(producer.send(new ProducerRecord<>(topic, "key" + i, "v")).get().partition());
        return partitions;
    }

    private static void acks(Kit kit) throws Exception {
        String topic = kit.topic("acks", 1);
        Cases.equal(kit.produce(topic, 0, 10, "acks", "1", "enable.idempotence", false).get(9).offset(), 9L);
        Cases.equal(kit.produce(topic, 0, 10, "acks", "0", "enable.idempotence", false).get(9).offset(), -1L);
        try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            consumer.assign(Kit.partitions(topic, 1));
            Cases.equal(Kit.collect(20, consumer).size(), 20);
        }
    }

    private static void autoCreation(Kit kit) throws Exception {
        Cases.equal(kit.produce(kit.name("made-by-asking"), 0, 3).get(2).offset(), 2L);
        Cases.check(kit.admin.listTopics().names().get().contains(kit.name("made-by-asking")), "listed");
    }

    private static void logAppendTime(Kit kit) throws Exception {
        String topic = kit.topic("append-time", 1, "message.timestamp.type", "LogAppendTime");
        long before = System.currentTimeMillis();
        try (KafkaProducer<String, String> producer = kit.producer("compression.type", "lz4");
            KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            long answered = producer.send(new ProducerRecord<>(topic, 0, 1000L, "k", "v")).get().timestamp();
            Cases.check(answered >= before && answered <= System.currentTimeMillis(), answered);
            consumer.assign(Kit.partitions(topic, 1));
            ConsumerRecord<String, String> record = Kit.collect(1, consumer).get(0);
            Cases.equal(record.timestampType(), TimestampType.LOG_APPEND_TIME);
            Cases.equal(record.timestamp(), answered);
        }
    }

    private static void tooLarge(Kit kit) throws Exception {
        String topic = kit.topic("too-large", 1, "max.message.bytes", "2000");
        char[] text = new char[3000];
        java.util.Arrays.fill(text, 'x');
        try (KafkaProducer<String, String> producer = kit.producer()) {
            Future<RecordMetadata> refused = producer.send(new ProducerRecord<>(topic, "k", new String(text)));
            Cases.raises(RecordTooLargeException.class, refused::get);
            Cases.equal(producer.send(new ProducerRecord<>(topic, "k", "small")).get().offset(), 0L);
        }
    }

    private static void keyless(Kit kit) throws Exception {
        String topic = kit.topic("compacted", 1, "cleanup.policy", "compact");
        try (KafkaProducer<String, String> producer = kit.producer()) {
            Cases.equal(producer.send(new ProducerRecord<>(topic, "k", "v")).get().offset(), 0L);
            Future<RecordMetadata> refused = producer.send(new ProducerRecord<>(topic, null, "v"));
            Cases.raises(org.apache.kafka.common.InvalidRecordException.class, refused::get);
        }
    }

    private static void large(Kit kit) throws Exception {
        String topic = kit.topic("large", 1);
        String value = String.join("", Collections.nCopies(25_000, "0123456789abcdef"));
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = kit.producer("batch.size", 1_000_000, "enable.idempotence", true)) {
            for (int i = 0; i < 100; i++) sent.add(producer.send(new ProducerRecord<>(topic, 0, "k" + i, value)));
        }
        for (int i = 0; i < 100; i++) Cases.equal(sent.get(i).get().offset(), (long) i);
        try (KafkaConsumer<String, String> consumer = kit.consumer(null)) {
            consumer.assign(Collections.singleton(new TopicPartition(topic, 0)));
            for (ConsumerRecord<String, String> record : Kit.collect(100, consumer)) Cases.equal(record.value(), value);
        }
    }
}
