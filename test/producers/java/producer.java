import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends events to Refold's topics with Kafka's own Java client.
 * Arguments: BROKERS PREFIX EVENTS.ndjson [setting=value ...]
 */
class Producer {
  static final ObjectMapper JSON = new ObjectMapper();

  static ProducerRecord<String, String> recordOf(String prefix, JsonNode event) throws Exception {
    String[] stream = event.get("subject").asText().split("/", 2);
    ObjectNode record = JSON.createObjectNode();
    record.put("specversion", "1.0").put("refoldversion", 1);
    record.put("source", "/example").put("datacontenttype", "application/json");
    record.setAll((ObjectNode) event);
    return new ProducerRecord<>(prefix + "." + stream[0] + "s", stream[1], JSON.writeValueAsString(record));
  }

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("key.serializer", StringSerializer.class.getName());
    settings.put("value.serializer", StringSerializer.class.getName());
    // These are the defaults of Kafka 3 and later; an older client needs them said.
    settings.put("acks", "all");
    settings.put("enable.idempotence", "true");
    settings.put("max.in.flight.requests.per.connection", "5");
    settings.put("delivery.timeout.ms", "120000");
    for (String setting : Arrays.asList(args).subList(3, args.length)) {
      String[] pair = setting.split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    AtomicReference<Exception> failure = new AtomicReference<>();
    int sent = 0;
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
      for (String line : Files.readAllLines(Path.of(args[2]))) {
        producer.send(
            recordOf(args[1], JSON.readTree(line)),
            (metadata, error) -> {
              if (error != null) failure.compareAndSet(null, error);
            });
        sent++;
      }
    } // Closing waits until every record is acknowledged or has failed.
    if (failure.get() != null) {
      System.err.println("not all were stored; run it again, nothing doubles: " + failure.get());
      System.exit(1);
    }
    System.out.println("sent " + sent);
  }
}
