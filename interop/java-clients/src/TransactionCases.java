import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;

/** Transactions work as a whole, or initTransactions says at once that they do not. */
final class TransactionCases {
    static void add(Cases cases, Kit kit) {
        cases.add("transactions: committed and aborted ones, or a refusal within two seconds", () -> transactions(kit));
    }

    private static void transactions(Kit kit) throws Exception {
        String topic = kit.topic("transactions", 1);
        try (KafkaProducer<String, String> producer = kit.producer("transactional.id", kit.name("transactional"))) {
            if (!initialized(producer)) return;
            for (int i = 0; i < 4; i++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, "k", "" + i));
                producer.flush();
                if (i % 2 == 0) producer.commitTransaction();
                else producer.abortTransaction();
            }
        }
        try (KafkaConsumer<String, String> consumer = kit.consumer(null, "isolation.level", "read_committed")) {
            consumer.assign(Kit.partitions(topic, 1));
            Cases.equal(Kit.collect(2, consumer).get(1).value(), "2");
            Cases.equal(consumer.endOffsets(consumer.assignment()).values().toString(), List.of(8L).toString());
        }
    }

    private static boolean initialized(KafkaProducer<String, String> producer) {
        long started = System.nanoTime();
        try {
            producer.initTransactions();
            return true;
        } catch (KafkaException error) {
            long tookMs = (System.nanoTime() - started) / 1_000_000;
            Cases.check(tookMs < 2000, "refused only after " + tookMs + " ms: " + error);
            Cases.check(!(error instanceof TimeoutException) && !(error instanceof RetriableException), error);
            return false;
        }
    }
}
