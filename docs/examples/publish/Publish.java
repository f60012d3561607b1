import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Publish one EPCIS document: java Publish.java SERVERS TOPIC KEY FILE. */
public final class Publish {
    public static void main(String[] given) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", given[0],
                "acks", "all", // every replica that must have it has it
                "enable.idempotence", true); // a retry of the client is no second record
        byte[] document = Files.readAllBytes(Path.of(given[3]));
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            // The key keeps the records of one product in order: its code, or that of its batch.
            var lies = producer.send(new ProducerRecord<>(given[1], given[2], document)).get();
            System.out.println(lies.topic() + "/" + lies.partition() + "/" + lies.offset());
        }
    }
}
