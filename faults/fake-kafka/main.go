// A fake Kafka cluster of one broker that answers produce requests as it is told to.
//
//	PUT    /answers    [{"code": 7, "appended": true}, …]: the answers to the next produce requests, one each
//	DELETE /answers    from here on it answers as Kafka does
//	GET    /answers    how many are left
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

type answer struct {
	Code     int16 `json:"code"`
	Appended bool  `json:"appended"`
}

const (
	produceKey = 0
	// The last version that names topics; later ones have their ids.
	produceVersion = 12
	// Marks a request that this program itself hands on to be appended. No producer asks for such a time.
	handedOnTimeout = 424_242
)

type script struct {
	mutex sync.Mutex
	next  []answer
}

func main() {
	kafkaPort := flag.Int("kafka-port", 0, "port of the broker")
	controlPort := flag.Int("control-port", 0, "port of the HTTP control")
	topics := flag.String("topics", "", "topics to create, comma-separated")
	flag.Parse()

	versions := kversion.Stable()
	versions.SetMaxKeyVersion(produceKey, produceVersion)
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(*kafkaPort),
		kfake.MaxVersions(versions),
		kfake.SeedTopics(1, strings.Split(*topics, ",")...),
	)
	if err != nil {
		log.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.MaxVersions(versions))
	if err != nil {
		log.Fatal(err)
	}
	told := &script{}
	cluster.ControlKey(produceKey, told.control(cluster, client))
	http.Handle("/answers", told)
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *controlPort), nil))
}

func (s *script) control(cluster *kfake.Cluster, client *kgo.Client) func(kmsg.Request) (kmsg.Response, error, bool) {
	return func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		produce := request.(*kmsg.ProduceRequest)
		if produce.TimeoutMillis == handedOnTimeout {
			return nil, nil, false
		}
		told, isTold := s.take()
		if !isTold {
			return nil, nil, false
		}
		if told.Appended {
			cluster.SleepControl(func() { handOn(client, produce) })
		}
		return answerTo(produce, told.Code), nil, true
	}
}

func handOn(client *kgo.Client, produce *kmsg.ProduceRequest) {
	copied := *produce
	copied.TimeoutMillis = handedOnTimeout
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := client.Broker(0).Request(ctx, &copied); err != nil {
		log.Printf("a record was not appended: %v", err)
	}
}

func answerTo(produce *kmsg.ProduceRequest, code int16) kmsg.Response {
	response := produce.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range produce.Topics {
		answered := kmsg.NewProduceResponseTopic()
		answered.Topic = topic.Topic
		for _, partition := range topic.Partitions {
			one := kmsg.NewProduceResponseTopicPartition()
			one.Partition = partition.Partition
			one.ErrorCode = code
			one.BaseOffset = -1
			answered.Partitions = append(answered.Partitions, one)
		}
		response.Topics = append(response.Topics, answered)
	}
	return response
}

func (s *script) take() (answer, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.next) == 0 {
		return answer{}, false
	}
	first := s.next[0]
	s.next = s.next[1:]
	return first, true
}

func (s *script) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch request.Method {
	case http.MethodPut:
		var next []answer
		if err := json.NewDecoder(request.Body).Decode(&next); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		s.next = next
	case http.MethodDelete:
		s.next = nil
	}
	fmt.Fprintln(writer, len(s.next))
}
