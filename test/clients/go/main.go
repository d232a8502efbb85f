// Reads and writes a topic with franz-go and the registry. The verbs are in ../README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const limit = 20 * time.Second

type eventIn struct {
	Key      *string `json:"key"`
	SchemaID int     `json:"schemaId"`
	Datum    any     `json:"datum"`
}

type position struct {
	Partition int32 `json:"partition"`
	Offset    int64 `json:"offset"`
}

type eventOut struct {
	position
	Key   *string `json:"key"`
	Datum any     `json:"datum"`
}

func main() {
	verb, bootstrap, registry, topic := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	reader := 0
	if len(os.Args) > 5 {
		reader = must(strconv.Atoi(os.Args[5]))
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	verbs := map[string]func(context.Context, string, *codec, string){"read": read, "write": write}
	verbs[verb](ctx, bootstrap, newCodec(registry, reader), topic)
}

func read(ctx context.Context, bootstrap string, codec *codec, topic string) {
	client := must(kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	))
	defer client.Close()
	ends := must(kadm.NewClient(client).ListEndOffsets(ctx, topic))
	missing := int64(0)
	ends.Each(func(end kadm.ListedOffset) { missing += end.Offset })
	for missing > 0 {
		fetches := client.PollFetches(ctx)
		check(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			out := eventOut{position: position{record.Partition, record.Offset}, Datum: codec.decode(ctx, record.Value)}
			if record.Key != nil {
				key := string(record.Key)
				out.Key = &key
			}
			print(out)
			missing--
		})
	}
}

func write(ctx context.Context, bootstrap string, codec *codec, topic string) {
	client := must(kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.DefaultProduceTopic(topic)))
	defer client.Close()
	var records []*kgo.Record
	for lines := json.NewDecoder(os.Stdin); ; {
		var event eventIn
		if err := lines.Decode(&event); errors.Is(err, io.EOF) {
			break
		} else {
			check(err)
		}
		record := &kgo.Record{Value: codec.encode(ctx, event.SchemaID, event.Datum)}
		if event.Key != nil {
			record.Key = []byte(*event.Key)
		}
		records = append(records, record)
	}
	check(client.ProduceSync(ctx, records...).FirstErr())
	for _, record := range records {
		print(position{record.Partition, record.Offset})
	}
}

func print(line any) {
	check(json.NewEncoder(os.Stdout).Encode(line))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
