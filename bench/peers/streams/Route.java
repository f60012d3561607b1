import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/** The pass-through lane in Kafka Streams' own language: read the header, look up, forward the same bytes. */
public final class Route {
  private static final int FRAME = 5;

  private record Output(String topic, byte[] value) {}

  private final Map<String, List<String>> routes = new HashMap<>();
  private final GenericDatumReader<GenericRecord> reader;
  private BinaryDecoder decoder;
  private GenericRecord header;

  private Route(Path table, Path schema) throws Exception {
    for (String line : Files.readAllLines(table)) {
      String[] parts = line.split("\t");
      routes.put(parts[0], List.of(parts[1].split(",")));
    }
    reader = new GenericDatumReader<>(new Schema.Parser().parse(Files.readString(schema)));
  }

  private List<String> topics(byte[] value) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, FRAME, value.length - FRAME, decoder);
      header = reader.read(header, decoder);
      List<?> kinds = (List<?>) header.get("kinds");
      String joined = kinds.stream().map(Object::toString).collect(Collectors.joining("+"));
      String key = header.get("category") + "|" + joined + "|" + header.get("origin_region")
          + "|" + header.get("destination_region");
      return routes.getOrDefault(key, routes.get("dead"));
    } catch (Exception broken) {
      return routes.get("dead");
    }
  }

  private Iterable<KeyValue<byte[], Output>> outputs(byte[] key, byte[] value) {
    List<KeyValue<byte[], Output>> found = new ArrayList<>(4);
    for (String topic : topics(value)) {
      found.add(KeyValue.pair(key, new Output(topic, value)));
    }
    return found;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    Route route = new Route(Path.of(env.get("BENCH_ROUTES") + ".tsv"), Path.of(env.get("BENCH_ROUTES") + ".avsc"));
    Properties options = new Properties();
    options.put(StreamsConfig.APPLICATION_ID_CONFIG, env.get("BENCH_GROUP"));
    options.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env.get("BENCH_SERVERS"));
    options.put(StreamsConfig.STATE_DIR_CONFIG, env.get("BENCH_ROUTES") + ".state");
    options.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
    options.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], byte[]> raw =
        builder.stream(List.of(env.get("BENCH_TOPICS").split(",")), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()));
    raw.flatMap(route::outputs)
        .to(
            (key, output, context) -> output.topic(),
            Produced.with(
                Serdes.ByteArray(),
                Serdes.serdeFrom((topic, output) -> output.value(), (topic, bytes) -> new Output(topic, bytes))));
    KafkaStreams streams = new KafkaStreams(builder.build(), options);
    // A member that leaves: the group of the next round begins without waiting for this one's session.
    CloseOptions leaving = CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(leaving)));
    streams.start();
  }
}
