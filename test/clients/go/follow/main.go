// Follows a stream with go-sse, which opens it again by itself. Verb and output are in ../../README.md.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/tmaxmax/go-sse"
)

// The library's own is 64 KiB.
const mostEventBytes = 16 << 20

func main() {
	request, err := http.NewRequest(http.MethodGet, os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Args[2])
	lines := json.NewEncoder(os.Stdout)
	print := func(members map[string]any) {
		if err := lines.Encode(members); err != nil {
			log.Fatal(err)
		}
	}
	client := sse.Client{ResponseValidator: func(response *http.Response) error {
		err := sse.DefaultValidator(response)
		if err == nil {
			print(map[string]any{"opened": true})
		}
		return err
	}}
	connection := client.NewConnection(request)
	connection.Buffer(nil, mostEventBytes)
	connection.SubscribeToAll(func(event sse.Event) {
		// go-sse gives what has no data as well: the `id:` of heartbeats.
		if event.Data == "" {
			return
		}
		kind := event.Type
		if kind == "" {
			kind = "message"
		}
		print(map[string]any{"type": kind, "id": event.LastEventID, "data": event.Data})
	})
	log.Fatal(connection.Connect())
}
