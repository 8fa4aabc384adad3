package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/Shopify/sarama"
)

// member consumes with a group until its context ends; it marks what it sees.
type member struct {
	mutex   sync.Mutex
	claims  int
	seen    []string
	cancel  context.CancelFunc
	stopped chan error
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.claims = 0
	for _, partitions := range session.Claims() {
		m.claims += len(partitions)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.mutex.Lock()
		m.seen = append(m.seen, string(message.Value))
		m.mutex.Unlock()
		session.MarkMessage(message, "noted")
	}
	return nil
}

func (m *member) state() (claims int, seen []string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.claims, append([]string(nil), m.seen...)
}

func (m *member) leave() {
	m.cancel()
	ok(<-m.stopped)
}

func (s saramaCases) join(group, topic string) *member {
	joined := must(sarama.NewConsumerGroup([]string{bootstrap}, group, s.config()))
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, stopped: make(chan error, 1)}
	go func() {
		var err error
		for err == nil && ctx.Err() == nil {
			err = joined.Consume(ctx, []string{topic}, m)
		}
		joined.Close() // It repeats what went wrong on the way, such as a leader that was not elected yet.
		m.stopped <- err
	}()
	return m
}

func (s saramaCases) group() {
	topic := topic(s.name("group"), 4)
	first := s.join(topic, topic)
	until("all partitions for the first", func() bool { claims, _ := first.state(); return claims == 4 })
	second := s.join(topic, topic)
	until("two partitions each", func() bool {
		one, _ := first.state()
		other, _ := second.state()
		return one == 2 && other == 2
	})
	for partition := int32(0); partition < 4; partition++ {
		s.produce(topic, partition, "a", "b", "c")
	}
	until("twelve messages", func() bool {
		_, one := first.state()
		_, other := second.state()
		return len(one)+len(other) == 12
	})
	admin := s.clusterAdmin()
	defer admin.Close()
	described := must(admin.DescribeConsumerGroups([]string{topic}))[0]
	equal(fmt.Sprint(described.State, " ", described.ProtocolType, " ", len(described.Members)), "Stable consumer 2")
	equal(must(admin.ListConsumerGroups())[topic], "consumer")
	first.leave()
	second.leave()
	offsets := must(admin.ListConsumerGroupOffsets(topic, map[string][]int32{topic: {0, 1, 2, 3}}))
	for partition := int32(0); partition < 4; partition++ {
		block := offsets.GetBlock(topic, partition)
		equal(fmt.Sprint(block.Offset, block.Metadata, block.Err), fmt.Sprint(3, "noted", sarama.ErrNoError))
	}
	s.produce(topic, 2, "resumed")
	third := s.join(topic, topic)
	until("the new message", func() bool { _, seen := third.state(); return len(seen) > 0 })
	_, seen := third.state()
	equal(seen, []string{"resumed"})
	third.leave()
}

func (s saramaCases) offsetManager() {
	topic := topic(s.name("offset-manager"), 1)
	client := must(sarama.NewClient([]string{bootstrap}, s.config()))
	defer client.Close()
	managed := func() (sarama.OffsetManager, sarama.PartitionOffsetManager) {
		manager := must(sarama.NewOffsetManagerFromClient(topic, client))
		return manager, must(manager.ManagePartition(topic, 0))
	}
	manager, partition := managed()
	next, _ := partition.NextOffset()
	equal(next, sarama.OffsetOldest)
	partition.MarkOffset(42, "marked")
	ok(partition.Close())
	ok(manager.Close())
	manager, partition = managed()
	next, note := partition.NextOffset()
	equal(fmt.Sprint(next, note), "42marked")
	ok(partition.Close())
	ok(manager.Close())
}

// oldCommit: without a retention time of its own, this client commits with version 1.
func (s saramaCases) oldCommit() {
	topic := topic(s.name("old-commit"), 1)
	config := s.config()
	config.Consumer.Offsets.Retention = 0
	config.Metadata.Retry.Max = 0
	client := must(sarama.NewClient([]string{bootstrap}, config))
	defer client.Close()
	manager := must(sarama.NewOffsetManagerFromClient(topic, client))
	partition := must(manager.ManagePartition(topic, 0))
	partition.MarkOffset(42, "marked")
	failsSoon("OffsetCommit version 1", func() error { return <-partition.Errors() })
	go func() { // It tries a few times more.
		for range partition.Errors() {
		}
	}()
	partition.AsyncClose()
	ok(manager.Close())
}
