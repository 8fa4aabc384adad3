import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * java Writer BOOTSTRAP TOPIC ROUND COUNT [transactions]: fills a topic with a known mix and says what it wrote, a line
 * a record: partition, offset, timestamp, key, value, headers, and for transactions how they ended. Key, value and
 * headers in Base64, `-` for null. Partitions 0 to 4 have one codec each and one idempotent producer a round, over several segments.
 * Partition 5 has transactions: committed, aborted, and one that is left open.
 */
public final class Writer {
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    private static final int TRANSACTIONS = CODECS.length;

    private final String bootstrap;
    private final String topic;
    private final int round;
    private final int count;
    /** Young enough that no broker forgets the producer, and a round later than the round before. */
    private final long startMs;

    private Writer(String[] args) {
        bootstrap = args[0];
        topic = args[1];
        round = Integer.parseInt(args[2]);
        count = Integer.parseInt(args[3]);
        startMs = System.currentTimeMillis() - (round == 0 ? 6 : 3) * 3_600_000L;
    }

    public static void main(String[] args) throws Exception {
        Writer writer = new Writer(args);
        if (writer.round == 0) writer.createTopic();
        for (int partition = 0; partition < CODECS.length; partition++) writer.fill(partition);
        if (args.length > 4) writer.transactions();
        System.out.println("done");
        System.out.flush();
        Runtime.getRuntime().halt(0); // The open transaction stays open.
    }

    private void createTopic() throws Exception {
        Map<String, String> configs = new HashMap<>();
        configs.put("segment.bytes", "1048576");
        configs.put("retention.ms", "-1");
        NewTopic wanted = new NewTopic(topic, CODECS.length + 1, (short) 1).configs(configs);
        try (Admin admin = Admin.create(properties())) {
            admin.createTopics(Collections.singleton(wanted)).all().get();
        }
    }

    private Properties properties(String... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], pairs[i + 1]);
        return properties;
    }

    private void fill(int partition) throws Exception {
        Properties properties =
            properties("compression.type", CODECS[partition], "acks", "all", "enable.idempotence", "true", "linger.ms", "5");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            List<ProducerRecord<String, String>> records = records(partition, count);
            report(records, send(producer, records), "-");
        }
    }

    private void transactions() throws Exception {
        Properties properties = properties("transactional.id", "writer-" + round, "transaction.timeout.ms", "600000");
        KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        for (int i = 0; i < 6; i++) {
            producer.beginTransaction();
            List<ProducerRecord<String, String>> records = records(TRANSACTIONS, 40);
            List<RecordMetadata> answers = send(producer, records);
            if (i % 2 == 0) producer.commitTransaction();
            else producer.abortTransaction();
            report(records, answers, i % 2 == 0 ? "committed" : "aborted");
        }
        if (round == 0) return;
        producer.beginTransaction();
        List<ProducerRecord<String, String>> records = records(TRANSACTIONS, 5);
        report(records, send(producer, records), "open");
    }

    /** Values that hardly compress, timestamps that are not in order, null keys and values, headers. */
    private List<ProducerRecord<String, String>> records(int partition, int howMany) {
        Random random = new Random(partition * 31L + round);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        byte[] bytes = new byte[600];
        for (int i = 0; i < howMany; i++) {
            random.nextBytes(bytes);
            String key = i % 7 == 0 ? null : "key-" + i;
            String value = i % 11 == 0 ? null : Base64.getEncoder().encodeToString(bytes);
            long timestamp = startMs + i * 1000 - (i % 10 == 3 ? 5000 : 0);
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, partition, timestamp, key, value);
            if (i % 5 == 0) record.headers().add("round", ("" + round).getBytes(StandardCharsets.UTF_8)).add("null", null);
            records.add(record);
        }
        return records;
    }

    private static List<RecordMetadata> send(KafkaProducer<String, String> producer, List<ProducerRecord<String, String>> records) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (ProducerRecord<String, String> record : records) sent.add(producer.send(record));
        producer.flush();
        List<RecordMetadata> answers = new ArrayList<>();
        for (Future<RecordMetadata> each : sent) answers.add(each.get());
        return answers;
    }

    private static void report(List<ProducerRecord<String, String>> records, List<RecordMetadata> answers, String outcome) {
        for (int i = 0; i < records.size(); i++) {
            ProducerRecord<String, String> record = records.get(i);
            StringBuilder headers = new StringBuilder();
            for (Header header : record.headers()) {
                headers.append(header.key()).append('=').append(base64(header.value())).append(';');
            }
            RecordMetadata answer = answers.get(i);
            System.out.println(String.join(" ", "" + answer.partition(), "" + answer.offset(), "" + record.timestamp(),
                text(record.key()), text(record.value()), headers.length() == 0 ? "-" : headers, outcome));
        }
    }

    private static String text(String text) {
        return base64(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }
}
