package main

import (
	"context"
	"fmt"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// kafka-go 0.2 produces and fetches with version 2 alone: what else it has works, and those fail at once.
func addKafkaGoCases() {
	add("kafka-go: partitions and offsets", kafkaGoReading)
	add("kafka-go: a group of two shares, commits and finds its offsets", kafkaGoGroup)
	if dropsOldVersions {
		add("kafka-go: producing, fetching, creating a topic fail at once", kafkaGoRefused)
	} else {
		add("kafka-go: writer and reader", kafkaGoWriter)
	}
	add("kafka-go: a topic is deleted", kafkaGoDelete)
}

func kafkaGoConnection(name string, partition int) *kafkago.Conn {
	conn := must(kafkago.DialLeader(context.Background(), "tcp", bootstrap, name, partition))
	ok(conn.SetDeadline(time.Now().Add(20 * time.Second)))
	return conn
}

func kafkaGoReading() {
	name := topic("kafka-go-offsets", 3)
	saramaNewest.produce(name, 1, "a", "b")
	conn := kafkaGoConnection(name, 1)
	defer conn.Close()
	partitions := must(conn.ReadPartitions(name))
	leader := partitions[0].Leader
	equal(fmt.Sprintf("%d %s:%d", len(partitions), leader.Host, leader.Port), "3 "+bootstrap)
	first, last, err := conn.ReadOffsets()
	ok(err)
	equal(fmt.Sprint(first, last), "0 2")
	equal(must(conn.ReadOffset(time.Unix(1, 0))), 0) // The records were written by sarama.
}

func kafkaGoGroup() {
	name := topic("kafka-go-group", 2)
	config := kafkago.ReaderConfig{
		Brokers: []string{bootstrap}, GroupID: name, Topic: name, MaxWait: 100 * time.Millisecond,
		HeartbeatInterval: 100 * time.Millisecond, MinBytes: 1, MaxBytes: 1 << 20,
	}
	readers := []*kafkago.Reader{kafkago.NewReader(config), kafkago.NewReader(config)}
	// Without fetches it learns of its partitions by committing: only who has one may.
	members := func() int {
		admin := saramaNewest.clusterAdmin()
		defer admin.Close()
		described := must(admin.DescribeConsumerGroups([]string{name}))[0]
		if described.State != "Stable" {
			return -1
		}
		for _, member := range described.Members {
			if len(must(member.GetMemberAssignment()).Topics[name]) != 1 {
				return -1
			}
		}
		return len(described.Members)
	}
	until("a partition each", func() bool { return members() == 2 })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ok(readers[0].CommitMessages(ctx, kafkago.Message{Topic: name, Partition: 0, Offset: 6}))
	ok(readers[1].CommitMessages(ctx, kafkago.Message{Topic: name, Partition: 1, Offset: 7}))
	for _, reader := range readers {
		ok(reader.Close())
	}
	admin := saramaNewest.clusterAdmin()
	defer admin.Close()
	offsets := must(admin.ListConsumerGroupOffsets(name, map[string][]int32{name: {0, 1}}))
	equal(fmt.Sprint(offsets.GetBlock(name, 0).Offset, offsets.GetBlock(name, 1).Offset), "7 8")
}

func kafkaGoRefused() {
	name := topic("kafka-go-refused", 1)
	saramaNewest.produce(name, 0, "a")
	producing := kafkaGoConnection(name, 0)
	defer producing.Close()
	failsSoon("Produce version 2", func() error { _, err := producing.Write([]byte("v")); return err })
	fetching := kafkaGoConnection(name, 0)
	defer fetching.Close()
	failsSoon("Fetch version 2", func() error { _, err := fetching.ReadMessage(1 << 20); return err })
	creating := must(kafkago.Dial("tcp", bootstrap))
	defer creating.Close()
	failsSoon("CreateTopics version 0", func() error {
		return creating.CreateTopics(kafkago.TopicConfig{Topic: "kafka-go-created", NumPartitions: 1, ReplicationFactor: 1})
	})
}

func kafkaGoWriter() {
	name := topic("kafka-go-writer", 1)
	writer := kafkago.NewWriter(kafkago.WriterConfig{Brokers: []string{bootstrap}, Topic: name, BatchTimeout: 10 * time.Millisecond})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for i := 0; i < 5; i++ {
		ok(writer.WriteMessages(ctx, kafkago.Message{Value: []byte(fmt.Sprint(i))}))
	}
	ok(writer.Close())
	reader := kafkago.NewReader(kafkago.ReaderConfig{Brokers: []string{bootstrap}, Topic: name, MaxWait: 100 * time.Millisecond})
	for i := 0; i < 5; i++ {
		equal(string(must(reader.ReadMessage(ctx)).Value), fmt.Sprint(i))
	}
	ok(reader.Close())
}

func kafkaGoDelete() {
	name := topic("kafka-go-deleted", 1)
	conn := must(kafkago.Dial("tcp", bootstrap))
	defer conn.Close()
	ok(conn.SetDeadline(time.Now().Add(20 * time.Second)))
	ok(conn.DeleteTopics(name))
	until("the topic to be gone", func() bool {
		partitions, err := conn.ReadPartitions(name)
		return err != nil || len(partitions) == 0
	})
}
