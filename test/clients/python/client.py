"""Reads with Confluent's deserialiser for Avro, and writes with fastavro. The verbs are in ../README.md."""

import io
import json
import struct
import sys
import urllib.request

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from datum_text import DatumText

LIMIT_SECONDS = 20


class Codec:
    """Confluent's wire format: a zero byte, four bytes of schema id, the datum."""

    def __init__(self, registry, reader_id=None):
        self._registry = registry
        self._schemas = {}
        self._reader_id = reader_id
        reader = json.dumps(self._schema(reader_id)[0]) if reader_id else None
        client = SchemaRegistryClient({"url": registry})
        self._deserializer = AvroDeserializer(client, reader, return_record_name=True)

    def decode(self, topic, value):
        datum = self._deserializer(value, SerializationContext(topic, MessageField.VALUE))
        _, text = self._schema(self._reader_id or struct.unpack(">I", value[1:5])[0])
        return text.of(datum)

    def encode(self, schema_id, datum_text):
        schema, text = self._schema(schema_id)
        body = io.BytesIO(struct.pack(">bI", 0, schema_id))
        body.seek(5)
        fastavro.schemaless_writer(body, schema, text.read(datum_text))
        return body.getvalue()

    def _schema(self, schema_id):
        if schema_id not in self._schemas:
            with urllib.request.urlopen(f"{self._registry}/schemas/ids/{schema_id}", timeout=LIMIT_SECONDS) as answer:
                schema = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
            self._schemas[schema_id] = (schema, DatumText(schema))
        return self._schemas[schema_id]


def read(bootstrap, codec, topic):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, LIMIT_SECONDS).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    unfinished = set(partitions)
    while unfinished:
        message = consumer.poll(LIMIT_SECONDS)
        if message is None:
            raise TimeoutError(f"nothing came of the partitions {unfinished}")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            unfinished.discard(message.partition())
            continue
        key, value = message.key(), message.value()
        print_line(
            partition=message.partition(),
            offset=message.offset(),
            key=None if key is None else key.decode(),
            datum=None if value is None else codec.decode(topic, value),
        )
    consumer.close()


def write(bootstrap, codec, topic):
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    reports = []
    for line in sys.stdin:
        event = json.loads(line)
        value = None if event["datum"] is None else codec.encode(event["schemaId"], event["datum"])
        report = {}
        reports.append(report)
        producer.produce(topic, value, event["key"], on_delivery=lambda error, message, kept=report: settle(kept, error, message))
    producer.flush(LIMIT_SECONDS)
    for report in reports:
        print_line(**report)


def settle(report, error, message):
    if error:
        raise KafkaException(error)
    report.update(partition=message.partition(), offset=message.offset())


def print_line(**members):
    print(json.dumps(members))


verb, bootstrap_servers, registry_url, topic_name, *reader_ids = sys.argv[1:]
{"read": read, "write": write}[verb](bootstrap_servers, Codec(registry_url, *map(int, reader_ids)), topic_name)
