"""A datum as text and back, by its schema. The forms are in ../README.md."""

import datetime
import struct
import uuid
from decimal import Decimal

import fastavro

PRECISIONS = {"timestamp-millis": "milliseconds", "timestamp-micros": "microseconds"}
FLOATS = {"float": ">f", "double": ">d"}


class DatumText:
    """For a schema that fastavro has parsed: every name in it is a full one."""

    def __init__(self, schema):
        self._schema = schema
        self._named = {}
        self._collect(schema)

    def of(self, datum):
        return self._text(self._schema, datum)

    def read(self, text):
        return self._datum(self._schema, text)

    def _collect(self, schema):
        if isinstance(schema, list):
            for branch in schema:
                self._collect(branch)
        elif isinstance(schema, dict):
            if "name" in schema:
                self._named[schema["name"]] = schema
            for part in (schema.get("items"), schema.get("values"), *(f["type"] for f in schema.get("fields", []))):
                self._collect(part)

    def _resolved(self, schema):
        if isinstance(schema, str):
            schema = self._named.get(schema, {"type": schema})
        return schema, schema["type"], schema.get("logicalType")

    def _branch(self, union, name):
        return next(branch for branch in union if self._name(branch) == name)

    def _name(self, schema):
        resolved, kind, _ = self._resolved(schema)
        return resolved.get("name", kind)

    def _text(self, schema, datum):
        if isinstance(schema, list):
            return self._union_text(schema, datum)
        schema, kind, logical = self._resolved(schema)
        if logical == "date":
            return datum.isoformat()
        if logical in PRECISIONS:
            return datum.isoformat(timespec=PRECISIONS[logical]).replace("+00:00", "Z")
        if logical == "decimal":
            return format(datum, "f")
        if logical == "uuid" or kind in ("int", "long"):
            return str(datum)
        if kind in FLOATS:
            return struct.pack(FLOATS[kind], datum).hex()
        if kind in ("bytes", "fixed"):
            return datum.hex()
        if kind == "array":
            return [self._text(schema["items"], item) for item in datum]
        if kind == "map":
            return {key: self._text(schema["values"], value) for key, value in datum.items()}
        if kind == "record":
            return {field["name"]: self._text(field["type"], datum[field["name"]]) for field in schema["fields"]}
        return datum

    def _union_text(self, union, datum):
        if datum is None:
            return None
        if isinstance(datum, tuple):
            name, datum = datum
        else:
            branches = [branch for branch in union if self._name(branch) != "null"]
            if len(branches) > 1:
                branches = [branch for branch in branches if fastavro.validate(datum, branch, raise_errors=False)]
            [name] = [self._name(branch) for branch in branches]
        return {name: self._text(self._branch(union, name), datum)}

    def _datum(self, schema, text):
        if isinstance(schema, list):
            return self._union_datum(schema, text)
        schema, kind, logical = self._resolved(schema)
        if logical == "date":
            return datetime.date.fromisoformat(text)
        if logical in PRECISIONS:
            return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        if logical == "decimal":
            return Decimal(text)
        if logical == "uuid":
            return uuid.UUID(text)
        if kind in ("int", "long"):
            return int(text)
        if kind in FLOATS:
            return struct.unpack(FLOATS[kind], bytes.fromhex(text))[0]
        if kind in ("bytes", "fixed"):
            return bytes.fromhex(text)
        if kind == "array":
            return [self._datum(schema["items"], item) for item in text]
        if kind == "map":
            return {key: self._datum(schema["values"], value) for key, value in text.items()}
        if kind == "record":
            return {field["name"]: self._datum(field["type"], text[field["name"]]) for field in schema["fields"]}
        return text

    def _union_datum(self, union, text):
        if text is None:
            return None
        [(name, value)] = text.items()
        branch = self._branch(union, name)
        datum = self._datum(branch, value)
        return (name, datum) if self._resolved(branch)[1] == "record" else datum
