// The Go clients that Debian ships, against the broker named on the command line; the second argument says what it is.
package main

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/Shopify/sarama"
)

var (
	bootstrap = os.Args[1]
	target    = os.Args[2]
)

// Brokers that no longer serve what came before Kafka 0.11, nor the first versions of some other requests.
var dropsOldVersions = target == "millrace" || target == "apache-4.x"

// topic creates a topic whose records are kept whatever their age.
func topic(name string, partitions int32) string {
	admin := must(sarama.NewClusterAdmin([]string{bootstrap}, saramaConfig(sarama.MaxVersion)))
	defer admin.Close()
	forever := "-1"
	detail := sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": &forever}}
	ok(admin.CreateTopic(name, &detail, false))
	until("metadata of "+name, func() bool {
		topics, err := admin.DescribeTopics([]string{name})
		return err == nil && len(topics) == 1 && len(topics[0].Partitions) == int(partitions)
	})
	return name
}

// failsSoon checks that `body` fails within five seconds because its connection was closed, as nobody answers it.
func failsSoon(what string, body func() error) {
	startedAt := time.Now()
	err := body()
	check(err != nil, "%s: no error", what)
	check(time.Since(startedAt) < 5*time.Second, "%s: only after %v: %v", what, time.Since(startedAt), err)
	closed := err == io.EOF || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "reset") ||
		strings.Contains(err.Error(), "broken pipe") || strings.Contains(err.Error(), "out of available brokers")
	check(closed, "%s: %v", what, err)
}

func main() {
	addSaramaCases()
	addKafkaGoCases()
	addOptiopayCases()
	runCases()
}
