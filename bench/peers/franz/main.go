// The pass-through lane with franz-go and hamba/avro: read the header, look up, forward the same bytes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

const frame = 5

type party struct {
	Role   string `avro:"role"`
	Scheme string `avro:"scheme"`
	ID     string `avro:"id"`
}

type product struct {
	Scheme string `avro:"scheme"`
	ID     string `avro:"id"`
}

type header struct {
	EventID           string    `avro:"event_id"`
	Category          string    `avro:"category"`
	EventType         string    `avro:"event_type"`
	Action            string    `avro:"action"`
	BizStep           string    `avro:"biz_step"`
	Disposition       string    `avro:"disposition"`
	Kinds             []string  `avro:"kinds"`
	Correction        string    `avro:"correction"`
	DeclaredAt        time.Time `avro:"declared_at"`
	OccurredAt        time.Time `avro:"occurred_at"`
	OriginRegion      string    `avro:"origin_region"`
	OriginBasis       string    `avro:"origin_basis"`
	DestinationRegion string    `avro:"destination_region"`
	DestinationBasis  string    `avro:"destination_basis"`
	Parties           []party   `avro:"parties"`
	Product           product   `avro:"product"`
	Addressees        []string  `avro:"addressees"`
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(path string) string {
	text, err := os.ReadFile(path)
	must(err)
	return string(text)
}

func table(path string) map[string][]string {
	routes := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(read(path)), "\n") {
		key, topics, _ := strings.Cut(line, "\t")
		routes[key] = strings.Split(topics, ",")
	}
	return routes
}

func main() {
	files := os.Getenv("BENCH_ROUTES")
	routes, schema := table(files+".tsv"), avro.MustParse(read(files+".avsc"))
	client, err := kgo.NewClient(
		kgo.SeedBrokers(os.Getenv("BENCH_SERVERS")),
		kgo.ConsumerGroup(os.Getenv("BENCH_GROUP")),
		kgo.ConsumeTopics(strings.Split(os.Getenv("BENCH_TOPICS"), ",")...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	must(err)
	defer client.Close()
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	failed := func(_ *kgo.Record, err error) { must(err) }
	for stopping.Err() == nil {
		fetches := client.PollRecords(stopping, 10000)
		if fetches.IsClientClosed() || stopping.Err() != nil {
			return
		}
		fetches.EachRecord(func(in *kgo.Record) {
			for _, topic := range topics(in.Value, routes, schema) {
				out := &kgo.Record{Topic: topic, Partition: in.Partition, Key: in.Key, Value: in.Value}
				client.Produce(context.Background(), out, failed)
			}
		})
		must(client.Flush(context.Background()))
		must(client.CommitUncommittedOffsets(context.Background()))
	}
}

func topics(value []byte, routes map[string][]string, schema avro.Schema) []string {
	if len(value) < frame {
		return routes["dead"]
	}
	var found header
	if err := avro.Unmarshal(schema, value[frame:], &found); err != nil {
		return routes["dead"]
	}
	key := found.Category + "|" + strings.Join(found.Kinds, "+") + "|" + found.OriginRegion + "|" + found.DestinationRegion
	if known, here := routes[key]; here {
		return known
	}
	return routes["dead"]
}
