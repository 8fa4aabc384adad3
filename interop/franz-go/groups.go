package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func contextFor(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, limit)
}

func addGroupCases() {
	balancers := []kgo.GroupBalancer{kgo.CooperativeStickyBalancer(), kgo.StickyBalancer(), kgo.RangeBalancer(), kgo.RoundRobinBalancer()}
	for _, balancer := range balancers {
		name := balancer.ProtocolName()
		add("group of two with a rebalance, commit and resumption: "+name, func() { shared(name, balancer) })
	}
	add("static members: a restart moves nothing", staticMember)
}

// member is a group consumer that knows what it has.
type member struct {
	*kgo.Client
	lock  sync.Mutex
	owned map[int32]bool
	lost  int
}

func join(group, name string, options ...kgo.Opt) *member {
	m := &member{owned: map[int32]bool{}}
	assigned := func(_ context.Context, _ *kgo.Client, given map[string][]int32) {
		m.lock.Lock()
		defer m.lock.Unlock()
		for _, partition := range given[name] {
			m.owned[partition] = true
		}
	}
	revoked := func(_ context.Context, _ *kgo.Client, taken map[string][]int32) {
		m.lock.Lock()
		defer m.lock.Unlock()
		for _, partition := range taken[name] {
			delete(m.owned, partition)
			m.lost++
		}
	}
	defaults := []kgo.Opt{
		kgo.ConsumerGroup("franz-" + group), kgo.ConsumeTopics(name), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(6 * time.Second), kgo.HeartbeatInterval(200 * time.Millisecond),
		kgo.OnPartitionsAssigned(assigned), kgo.OnPartitionsRevoked(revoked), kgo.OnPartitionsLost(revoked),
	}
	m.Client = client(append(defaults, options...)...)
	return m
}

func (m *member) count() int {
	m.lock.Lock()
	defer m.lock.Unlock()
	return len(m.owned)
}

func settle(wanted int, members ...*member) {
	until(fmt.Sprintf("%d partitions each", wanted), func() bool {
		all := true
		for _, each := range members {
			poll(each.Client)
			all = all && each.count() == wanted
		}
		return all
	})
}

func shared(strategy string, balancer kgo.GroupBalancer) {
	name := topic("group-"+strategy, 4)
	first := join(strategy, name, kgo.Balancers(balancer))
	settle(4, first)
	second := join(strategy, name, kgo.Balancers(balancer))
	settle(2, first, second)
	if strategy == "cooperative-sticky" {
		equal(first.lost, 2)
	}
	for partition := range int32(4) {
		produce(name, partition, 25)
	}
	seen := map[string]bool{}
	for _, record := range consume(100, first.Client, second.Client) {
		seen[fmt.Sprint(record.Partition, record.Offset)] = true
	}
	equal(len(seen), 100)
	for _, each := range []*member{first, second} {
		ok(each.CommitUncommittedOffsets(ctx))
		each.Close()
	}
	produce(name, 2, 1)
	later := join(strategy, name, kgo.Balancers(balancer))
	defer later.Close()
	record := consume(1, later.Client)[0]
	equal(fmt.Sprint(record.Partition, record.Offset), "2 25")
}

func staticMember() {
	name := topic("static", 4)
	first, second := join("static", name, kgo.InstanceID("one")), join("static", name, kgo.InstanceID("two"))
	settle(2, first, second)
	before := fmt.Sprint(second.owned)
	lost := first.lost
	second.CloseAllowingRebalance()
	second = join("static", name, kgo.InstanceID("two"))
	settle(2, first, second)
	equal(fmt.Sprint(second.owned), before)
	equal(first.lost, lost)
	first.Close()
	second.Close()
}
