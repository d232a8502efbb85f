package main

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/twmb/avro"
)

var timeForms = map[string]string{
	"date":             "2006-01-02",
	"timestamp-millis": "2006-01-02T15:04:05.000Z",
	"timestamp-micros": "2006-01-02T15:04:05.000000Z",
}

// datumText turns a datum into text and back, by its schema. The forms are in ../README.md.
type datumText struct {
	root  avro.SchemaNode
	named map[string]avro.SchemaNode
}

func newDatumText(schema *avro.Schema) *datumText {
	t := &datumText{root: *schema.Root(), named: map[string]avro.SchemaNode{}}
	t.collect(t.root)
	return t
}

func (t *datumText) collect(node avro.SchemaNode) {
	if node.Name != "" {
		// A reference is as it was written: with its namespace, or within it without.
		t.named[node.Name], t.named[fullName(node)] = node, node
	}
	for _, branch := range node.Branches {
		t.collect(branch)
	}
	for _, field := range node.Fields {
		t.collect(field.Type)
	}
	for _, inner := range []*avro.SchemaNode{node.Items, node.Values} {
		if inner != nil {
			t.collect(*inner)
		}
	}
}

func fullName(node avro.SchemaNode) string {
	switch {
	case node.Name == "":
		return node.Type
	case node.Namespace == "":
		return node.Name
	}
	return node.Namespace + "." + node.Name
}

func (t *datumText) resolved(node avro.SchemaNode) avro.SchemaNode {
	if definition, isName := t.named[node.Type]; isName {
		return definition
	}
	return node
}

func (t *datumText) branch(union avro.SchemaNode, name string) avro.SchemaNode {
	for _, branch := range union.Branches {
		if branch = t.resolved(branch); fullName(branch) == name {
			return branch
		}
	}
	panic(fmt.Sprintf("the union has no branch %s", name))
}

func (t *datumText) text(node avro.SchemaNode, datum any) any {
	node = t.resolved(node)
	switch value := datum.(type) {
	case int32, int64:
		return fmt.Sprint(value)
	case float32:
		return fmt.Sprintf("%08x", math.Float32bits(value))
	case float64:
		return fmt.Sprintf("%016x", math.Float64bits(value))
	case time.Time:
		return value.UTC().Format(timeForms[node.LogicalType])
	case *big.Rat:
		return value.FloatString(node.Scale)
	case []byte:
		return hex.EncodeToString(value)
	case []any:
		texts := make([]any, len(value))
		for i, item := range value {
			texts[i] = t.text(*node.Items, item)
		}
		return texts
	case map[string]any:
		texts := map[string]any{}
		for name, member := range value {
			texts[name] = t.text(t.member(node, name), member)
		}
		return texts
	}
	return datum
}

// member is the schema of a record's field, of a map's value, or of a union's branch.
func (t *datumText) member(node avro.SchemaNode, name string) avro.SchemaNode {
	switch node.Type {
	case "map":
		return *node.Values
	case "union":
		return t.branch(node, name)
	}
	for _, field := range node.Fields {
		if field.Name == name {
			return field.Type
		}
	}
	panic(fmt.Sprintf("%s has no field %s", node.Name, name))
}

func (t *datumText) datum(node avro.SchemaNode, text any) any {
	node = t.resolved(node)
	switch value := text.(type) {
	case string:
		return scalar(node, value)
	case []any:
		data := make([]any, len(value))
		for i, item := range value {
			data[i] = t.datum(*node.Items, item)
		}
		return data
	case map[string]any:
		data := map[string]any{}
		for name, member := range value {
			data[name] = t.datum(t.member(node, name), member)
		}
		return data
	}
	return text
}

func scalar(node avro.SchemaNode, text string) any {
	if form, isTime := timeForms[node.LogicalType]; isTime {
		return must(time.Parse(form, text))
	}
	if node.LogicalType == "decimal" {
		value, isNumber := new(big.Rat).SetString(text)
		if !isNumber {
			panic(text + " is no decimal")
		}
		return value
	}
	switch node.Type {
	case "int":
		return int32(must(strconv.ParseInt(text, 10, 32)))
	case "long":
		return must(strconv.ParseInt(text, 10, 64))
	case "float":
		return math.Float32frombits(uint32(must(strconv.ParseUint(text, 16, 32))))
	case "double":
		return math.Float64frombits(must(strconv.ParseUint(text, 16, 64)))
	case "bytes", "fixed":
		return must(hex.DecodeString(text))
	}
	return text
}
