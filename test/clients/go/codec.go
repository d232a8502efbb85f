package main

import (
	"context"
	"fmt"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"
)

type knownSchema struct {
	schema *avro.Schema
	text   *datumText
}

// codec speaks Confluent's wire format, with schemas of the registry.
type codec struct {
	registry *sr.Client
	header   sr.ConfluentHeader
	known    map[int]knownSchema
	// reader is the id of the schema to read by; 0 reads by that which wrote.
	reader   int
	resolved map[int]*avro.Schema
}

func newCodec(registry string, reader int) *codec {
	client := must(sr.NewClient(sr.URLs(registry)))
	return &codec{registry: client, known: map[int]knownSchema{}, reader: reader, resolved: map[int]*avro.Schema{}}
}

func (c *codec) decode(ctx context.Context, value []byte) any {
	if value == nil {
		return nil
	}
	id, body, err := c.header.DecodeID(value)
	check(err)
	of := c.schema(ctx, id)
	schema := of.schema
	if c.reader != 0 {
		of = c.schema(ctx, c.reader)
		schema = c.resolution(id, schema, of.schema)
	}
	var datum any
	rest, err := schema.Decode(body, &datum, avro.TaggedUnions())
	check(err)
	if len(rest) > 0 {
		panic(fmt.Sprintf("%d bytes are left behind the datum", len(rest)))
	}
	return of.text.text(of.text.root, datum)
}

func (c *codec) encode(ctx context.Context, id int, text any) []byte {
	if text == nil {
		return nil
	}
	of := c.schema(ctx, id)
	prefix := must(c.header.AppendEncode(nil, id, nil))
	return must(of.schema.AppendEncode(prefix, of.text.datum(of.text.root, text)))
}

func (c *codec) resolution(id int, writer, reader *avro.Schema) *avro.Schema {
	if _, isKnown := c.resolved[id]; !isKnown {
		c.resolved[id] = must(avro.Resolve(writer, reader))
	}
	return c.resolved[id]
}

func (c *codec) schema(ctx context.Context, id int) knownSchema {
	if _, isKnown := c.known[id]; !isKnown {
		schema := must(avro.Parse(must(c.registry.SchemaByID(ctx, id)).Schema))
		c.known[id] = knownSchema{schema, newDatumText(schema)}
	}
	return c.known[id]
}
