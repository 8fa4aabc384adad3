import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What the cases share: clients of one broker, topics, records in and out. Names carry the client's version. */
final class Kit {
    final String bootstrap;
    final String prefix;
    final String target;
    final Admin admin;

    Kit(String bootstrap, String prefix, String target) {
        this.bootstrap = bootstrap;
        this.prefix = prefix;
        this.target = target;
        this.admin = Admin.create(properties());
    }

    String name(String suffix) {
        return prefix + "-" + suffix;
    }

    Properties properties(Object... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], String.valueOf(pairs[i + 1]));
        return properties;
    }

    /** Creates a topic under this program's prefix and returns its full name. Records of any age are kept. */
    String topic(String suffix, int partitions, String... configs) throws Exception {
        String topic = name(suffix);
        Map<String, String> map = new java.util.HashMap<>(Collections.singletonMap("retention.ms", "-1"));
        for (int i = 0; i < configs.length; i += 2) map.put(configs[i], configs[i + 1]);
        admin.createTopics(Collections.singleton(new NewTopic(topic, partitions, (short) 1).configs(map))).all().get();
        Cases.until("metadata of " + topic, () -> admin.listTopics().names().get().contains(topic));
        return topic;
    }

    /** The same for a topic just deleted: a broker may take a moment to free its name. */
    String topicAgain(String suffix, int partitions) throws Exception {
        Cases.until("the name to be free", () -> {
            try {
                topic(suffix, partitions);
                return true;
            } catch (ExecutionException error) {
                if (!(error.getCause() instanceof TopicExistsException)) throw error;
                return false;
            }
        });
        return name(suffix);
    }

    KafkaProducer<String, String> producer(Object... pairs) {
        Properties properties = properties("acks", "all", "linger.ms", 5);
        properties.putAll(properties(pairs));
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(String group, Object... pairs) {
        Properties properties = properties("auto.offset.reset", "earliest", "enable.auto.commit", false);
        properties.putAll(properties("session.timeout.ms", 6000, "heartbeat.interval.ms", 200, "fetch.max.wait.ms", 100));
        if (group != null) properties.put("group.id", name(group));
        properties.putAll(properties(pairs));
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    /** Sends `count` records with the values 0, 1, 2 ... to a partition and waits for all answers. */
    List<RecordMetadata> produce(String topic, int partition, int count, Object... config) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(config)) {
            for (int i = 0; i < count; i++) sent.add(producer.send(new ProducerRecord<>(topic, partition, "k" + i, "" + i)));
        }
        List<RecordMetadata> answers = new ArrayList<>();
        for (Future<RecordMetadata> each : sent) answers.add(each.get());
        return answers;
    }

    /** Polls the consumers in turn until `count` records have come. */
    @SafeVarargs
    static List<ConsumerRecord<String, String>> collect(int count, KafkaConsumer<String, String>... consumers) throws Exception {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        Cases.until(count + " records", () -> {
            for (KafkaConsumer<String, String> consumer : consumers) poll(consumer).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    static Iterable<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer) {
        return consumer.poll(Duration.ofMillis(20));
    }

    /** Polls the consumers in turn until each has as many partitions as `wanted` says. */
    @SafeVarargs
    static void settle(int wanted, KafkaConsumer<String, String>... consumers) throws Exception {
        Cases.until(wanted + " partitions each", () -> {
            for (KafkaConsumer<String, String> consumer : consumers) poll(consumer);
            return Arrays.stream(consumers).allMatch(consumer -> consumer.assignment().size() == wanted);
        });
    }

    static Collection<TopicPartition> partitions(String topic, int count) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) partitions.add(new TopicPartition(topic, i));
        return partitions;
    }
}
