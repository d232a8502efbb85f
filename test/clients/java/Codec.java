import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Confluent's wire format: a zero byte, four bytes of schema id, the datum. */
final class Codec {
  private final String registry;
  private final GenericData data = new GenericData();
  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<Integer, Schema> schemas = new HashMap<>();
  private final Integer readerId;

  /** `readerId` names the schema to read by; null reads by that which wrote. */
  Codec(String registry, Integer readerId) {
    this.registry = registry;
    this.readerId = readerId;
    data.addLogicalTypeConversion(new Conversions.DecimalConversion());
    data.addLogicalTypeConversion(new Conversions.UUIDConversion());
    data.addLogicalTypeConversion(new TimeConversions.DateConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
  }

  JsonNode decode(byte[] value) throws IOException {
    if (value == null) return NullNode.instance;
    DataInputStream input = new DataInputStream(new ByteArrayInputStream(value));
    int magic = input.readByte();
    if (magic != 0) throw new IOException(magic + " is no magic byte");
    Schema writer = schema(input.readInt());
    Schema reader = readerId == null ? writer : schema(readerId);
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(input, null);
    Object datum = new GenericDatumReader<>(writer, reader, data).read(null, decoder);
    if (!decoder.isEnd()) throw new IOException("bytes are left behind the datum");
    return DatumText.of(data, reader, datum);
  }

  byte[] encode(int id, JsonNode text) throws IOException {
    if (text.isNull()) return null;
    Schema schema = schema(id);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream output = new DataOutputStream(bytes);
    output.writeByte(0);
    output.writeInt(id);
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(output, null);
    new GenericDatumWriter<>(schema, data).write(DatumText.read(schema, text), encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private Schema schema(int id) {
    return schemas.computeIfAbsent(
        id,
        missing -> {
          try {
            URL url = URI.create(registry + "/schemas/ids/" + missing).toURL();
            return new Schema.Parser().parse(mapper.readTree(url.openStream()).get("schema").textValue());
          } catch (IOException fault) {
            throw new UncheckedIOException(fault);
          }
        });
  }
}
