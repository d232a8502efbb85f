import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;

/** A datum as text and back, by its schema. The forms are in ../README.md. */
final class DatumText {
  private static final JsonNodeFactory json = JsonNodeFactory.instance;
  private static final HexFormat hex = HexFormat.of();
  private static final DateTimeFormatter millis = instants("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'");
  private static final DateTimeFormatter micros = instants("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

  private DatumText() {}

  static JsonNode of(GenericData data, Schema schema, Object datum) {
    return switch (logicalType(schema)) {
      case "date", "uuid" -> json.textNode(datum.toString());
      case "timestamp-millis" -> json.textNode(millis.format((Instant) datum));
      case "timestamp-micros" -> json.textNode(micros.format((Instant) datum));
      case "decimal" -> json.textNode(((BigDecimal) datum).toPlainString());
      default -> plain(data, schema, datum);
    };
  }

  private static JsonNode plain(GenericData data, Schema schema, Object datum) {
    switch (schema.getType()) {
      case NULL:
        return json.nullNode();
      case BOOLEAN:
        return json.booleanNode((Boolean) datum);
      case FLOAT:
        return json.textNode(hex.toHexDigits(Float.floatToRawIntBits((Float) datum)));
      case DOUBLE:
        return json.textNode(hex.toHexDigits(Double.doubleToRawLongBits((Double) datum)));
      case BYTES:
        ByteBuffer buffer = ((ByteBuffer) datum).duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return json.textNode(hex.formatHex(bytes));
      case FIXED:
        return json.textNode(hex.formatHex(((GenericFixed) datum).bytes()));
      case ARRAY:
        ArrayNode items = json.arrayNode();
        for (Object item : (Iterable<?>) datum) items.add(of(data, schema.getElementType(), item));
        return items;
      case MAP:
        ObjectNode members = json.objectNode();
        ((Map<?, ?>) datum).forEach((key, value) -> members.set(key.toString(), of(data, schema.getValueType(), value)));
        return members;
      case RECORD:
        ObjectNode fields = json.objectNode();
        for (Schema.Field field : schema.getFields())
          fields.set(field.name(), of(data, field.schema(), ((IndexedRecord) datum).get(field.pos())));
        return fields;
      case UNION:
        if (datum == null) return json.nullNode();
        Schema branch = schema.getTypes().get(data.resolveUnion(schema, datum));
        return json.objectNode().set(branch.getFullName(), of(data, branch, datum));
      default:
        return json.textNode(datum.toString());
    }
  }

  static Object read(Schema schema, JsonNode text) {
    return switch (logicalType(schema)) {
      case "date" -> LocalDate.parse(text.textValue());
      case "uuid" -> UUID.fromString(text.textValue());
      case "timestamp-millis", "timestamp-micros" -> Instant.parse(text.textValue());
      case "decimal" -> new BigDecimal(text.textValue());
      default -> readPlain(schema, text);
    };
  }

  private static Object readPlain(Schema schema, JsonNode text) {
    switch (schema.getType()) {
      case NULL:
        return null;
      case BOOLEAN:
        return text.booleanValue();
      case INT:
        return Integer.valueOf(text.textValue());
      case LONG:
        return Long.valueOf(text.textValue());
      case FLOAT:
        return Float.intBitsToFloat(HexFormat.fromHexDigits(text.textValue()));
      case DOUBLE:
        return Double.longBitsToDouble(HexFormat.fromHexDigitsToLong(text.textValue()));
      case BYTES:
        return ByteBuffer.wrap(hex.parseHex(text.textValue()));
      case FIXED:
        return new GenericData.Fixed(schema, hex.parseHex(text.textValue()));
      case ENUM:
        return new GenericData.EnumSymbol(schema, text.textValue());
      case ARRAY:
        List<Object> items = new ArrayList<>();
        for (JsonNode item : text) items.add(read(schema.getElementType(), item));
        return items;
      case MAP:
        Map<String, Object> members = new HashMap<>();
        text.properties().forEach(member -> members.put(member.getKey(), read(schema.getValueType(), member.getValue())));
        return members;
      case RECORD:
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) record.put(field.pos(), read(field.schema(), text.get(field.name())));
        return record;
      case UNION:
        if (text.isNull()) return null;
        Map.Entry<String, JsonNode> named = text.properties().iterator().next();
        return read(schema.getTypes().get(schema.getIndexNamed(named.getKey())), named.getValue());
      default:
        return text.textValue();
    }
  }

  private static String logicalType(Schema schema) {
    return schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
  }

  private static DateTimeFormatter instants(String pattern) {
    return DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC);
  }
}
