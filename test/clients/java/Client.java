import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Reads and writes a topic with kafka-clients, Avro and the registry. The verbs are in ../README.md. */
public final class Client {
  private static final Duration limit = Duration.ofSeconds(20);
  private static final ObjectMapper mapper = new ObjectMapper();
  private static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  private Client() {}

  public static void main(String[] args) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", args[1]);
    Codec codec = new Codec(args[2], args.length > 4 ? Integer.valueOf(args[4]) : null);
    switch (args[0]) {
      case "read" -> read(settings, codec, args[3]);
      case "write" -> write(settings, codec, args[3]);
      default -> throw new IllegalArgumentException(args[0]);
    }
    out.flush();
  }

  private static void read(Map<String, Object> settings, Codec codec, String topic) throws IOException {
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(part -> new TopicPartition(topic, part.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Instant deadline = Instant.now().plus(limit);
      while (partitions.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
        if (Instant.now().isAfter(deadline)) throw new IOException("the end was not reached in " + limit);
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          ObjectNode line = position(record.partition(), record.offset()).put("key", record.key());
          out.println(line.set("datum", codec.decode(record.value())));
        }
      }
    }
  }

  private static void write(Map<String, Object> settings, Codec codec, String topic) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> written = new ArrayList<>();
      for (String line; (line = input.readLine()) != null; ) {
        JsonNode event = mapper.readTree(line);
        byte[] value = codec.encode(event.get("schemaId").intValue(), event.get("datum"));
        written.add(producer.send(new ProducerRecord<>(topic, event.get("key").textValue(), value)));
      }
      for (Future<RecordMetadata> future : written) {
        RecordMetadata record = future.get(limit.toSeconds(), TimeUnit.SECONDS);
        out.println(position(record.partition(), record.offset()));
      }
    }
  }

  private static ObjectNode position(int partition, long offset) {
    return mapper.createObjectNode().put("partition", partition).put("offset", offset);
  }
}
