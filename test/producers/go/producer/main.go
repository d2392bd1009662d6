// Sends events to Refold's topics with franz-go.
// Arguments: BROKERS PREFIX EVENTS.ndjson
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// event is one line of the file. Data stays as it was written: the order of its members counts.
type event struct {
	Subject        string          `json:"subject"`
	ID             string          `json:"id"`
	Type           string          `json:"type"`
	IdempotencyKey string          `json:"idempotencykey,omitempty"`
	ExpectedSeq    *int            `json:"expectedseq,omitempty"`
	AppendOnly     bool            `json:"appendonly,omitempty"`
	Data           json.RawMessage `json:"data"`
}

// cloudEvent is the value of a record.
type cloudEvent struct {
	SpecVersion     string `json:"specversion"`
	RefoldVersion   int    `json:"refoldversion"`
	Source          string `json:"source"`
	DataContentType string `json:"datacontenttype"`
	event
}

func recordOf(prefix string, line []byte) (*kgo.Record, error) {
	value := cloudEvent{SpecVersion: "1.0", RefoldVersion: 1, Source: "/example", DataContentType: "application/json"}
	if err := json.Unmarshal(line, &value.event); err != nil {
		return nil, err
	}
	kind, stream, _ := strings.Cut(value.Subject, "/")
	text, err := json.Marshal(value)
	return &kgo.Record{Topic: prefix + "." + kind + "s", Key: []byte(stream), Value: text}, err
}

func send(brokers, prefix, path string) (sent int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	// The defaults are right: acks of all replicas, idempotent, murmur2 over the key.
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	var failed atomic.Pointer[error]
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		record, err := recordOf(prefix, lines.Bytes())
		if err != nil {
			return sent, err
		}
		client.Produce(context.Background(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
		sent++
	}
	if err := lines.Err(); err != nil {
		return sent, err
	}
	if err := client.Flush(context.Background()); err != nil {
		return sent, err
	}
	if first := failed.Load(); first != nil {
		return sent, *first
	}
	return sent, nil
}

func main() {
	sent, err := send(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "not all were stored; run it again, nothing doubles:", err)
		os.Exit(1)
	}
	fmt.Println("sent", sent)
}
