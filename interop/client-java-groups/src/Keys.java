import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends records with random keys, and leaves it to the producer where they go. */
final class Keys {
    public static void main(String[] args) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("linger.ms", "20");
        int count = Integer.parseInt(args[2]);
        Random random = new Random(Long.parseLong(args[3]));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                byte[] key = new byte[i == 0 ? 0 : random.nextInt(40)];
                random.nextBytes(key);
                producer.send(new ProducerRecord<>(args[1], key, new byte[0]));
            }
        }
    }
}
