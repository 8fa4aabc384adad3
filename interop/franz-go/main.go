// franz-go against the broker named on the command line: produce with every codec, groups (cooperative and eager),
// commit and resumption, offsets by time, the admin calls of kadm.
package main

import (
	"context"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	bootstrap = os.Args[1]
	ctx       = context.Background()
	admin     *kadm.Client
)

func client(options ...kgo.Opt) *kgo.Client {
	return must(kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.FetchMaxWait(100 * time.Millisecond)}, options...)...))
}

// topic creates a topic whose records are kept whatever their age.
func topic(name string, partitions int32) string {
	name = "franz-" + name
	forever := "-1"
	_, err := admin.CreateTopic(ctx, partitions, 1, map[string]*string{"retention.ms": &forever}, name)
	ok(err)
	until("metadata of "+name, func() bool {
		topics, err := admin.ListTopics(ctx, name)
		return err == nil && len(topics[name].Partitions) == int(partitions)
	})
	return name
}

func main() {
	options := []kgo.Opt{kgo.SeedBrokers(bootstrap)}
	admin = must(kadm.NewOptClient(options...))
	addProduceCases()
	addGroupCases()
	addAdminCases()
	runCases()
}
