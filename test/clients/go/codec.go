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
}

func newCodec(registry string) *codec {
	return &codec{registry: must(sr.NewClient(sr.URLs(registry))), known: map[int]knownSchema{}}
}

func (c *codec) decode(ctx context.Context, value []byte) any {
	if value == nil {
		return nil
	}
	id, body, err := c.header.DecodeID(value)
	check(err)
	of := c.schema(ctx, id)
	var datum any
	rest, err := of.schema.Decode(body, &datum, avro.TaggedUnions())
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

func (c *codec) schema(ctx context.Context, id int) knownSchema {
	if _, isKnown := c.known[id]; !isKnown {
		schema := must(avro.Parse(must(c.registry.SchemaByID(ctx, id)).Schema))
		c.known[id] = knownSchema{schema, newDatumText(schema)}
	}
	return c.known[id]
}
