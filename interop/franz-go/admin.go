package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

func addAdminCases() {
	add("kadm: brokers, api versions, cluster metadata", cluster)
	add("kadm: create, validate, describe and delete topics", topics)
	add("kadm: create and update partitions", partitions)
	add("kadm: describe and alter configs of a topic and a broker", configs)
	add("kadm: list start, end, committed and timed offsets; offset for leader epoch; delete records", offsets)
	add("kadm: describe log dirs, producers, reassignments", internals)
	add("kadm: list, describe, commit for, fetch, lag, delete groups", groups)
}

func cluster() {
	metadata := must(admin.BrokerMetadata(ctx))
	equal(len(metadata.Brokers), 1)
	equal(fmt.Sprintf("%s:%d", metadata.Brokers[0].Host, metadata.Brokers[0].Port), bootstrap)
	check(metadata.Cluster != "", "no cluster id")
	for _, version := range must(admin.ApiVersions(ctx)) {
		ok(version.Err)
		highest, served := version.KeyMaxVersion(1)
		check(served && highest >= 11, "fetch %d", highest)
	}
}

func topics() {
	validated := must(admin.ValidateCreateTopics(ctx, 2, 1, nil, "franz-dry"))
	ok(validated["franz-dry"].Err)
	check(!must(admin.ListTopics(ctx)).Has("franz-dry"), "made by validation")
	name := topic("made", 3)
	_, err := admin.CreateTopic(ctx, 3, 1, nil, name)
	check(errors.Is(err, kerr.TopicAlreadyExists), "%v", err)
	details := must(admin.ListTopics(ctx, name))[name]
	equal(len(details.Partitions), 3)
	check(details.ID != kadm.TopicID{}, "no topic id")
	ok(must(admin.DeleteTopics(ctx, name))[name].Err)
	until("the topic to be gone", func() bool { return !must(admin.ListTopics(ctx)).Has(name) })
	check(errors.Is(must(admin.DeleteTopics(ctx, name))[name].Err, kerr.UnknownTopicOrPartition), "deleted twice")
}

func partitions() {
	name := topic("grown", 1)
	ok(must(admin.CreatePartitions(ctx, 2, name))[name].Err)
	until("three partitions", func() bool { return len(must(admin.ListTopics(ctx, name))[name].Partitions) == 3 })
	ok(must(admin.UpdatePartitions(ctx, 5, name))[name].Err)
	check(errors.Is(must(admin.UpdatePartitions(ctx, 2, name))[name].Err, kerr.InvalidPartitions), "shrunk")
}

func config(resources kadm.ResourceConfigs, key string) string {
	for _, resource := range resources {
		ok(resource.Err)
		for _, entry := range resource.Configs {
			if entry.Key == key {
				return entry.MaybeValue()
			}
		}
	}
	return ""
}

func configs() {
	name := topic("configured", 1)
	value := "2000000"
	set := func(key, value string) error {
		change := kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: &value}
		return must(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, name))[0].Err
	}
	ok(set("segment.bytes", value))
	until("the new value", func() bool { return config(must(admin.DescribeTopicConfigs(ctx, name)), "segment.bytes") == value })
	equal(config(must(admin.DescribeTopicConfigs(ctx, name)), "retention.ms"), "-1")
	equal(config(must(admin.DescribeBrokerConfigs(ctx, 0)), "offsets.topic.num.partitions"), "5")
	err := set("cleanup.policy", "sometimes")
	check(errors.Is(err, kerr.InvalidConfig), "%v", err)
}

func offsets() {
	name := topic("offsets", 2)
	before := time.Now().UnixMilli()
	produce(name, 1, 50)
	at := func(listed kadm.ListedOffsets, err error) int64 {
		ok(err)
		offset, found := listed.Lookup(name, 1)
		check(found && offset.Err == nil, "%v", offset.Err)
		return offset.Offset
	}
	equal(at(admin.ListStartOffsets(ctx, name)), 0)
	equal(at(admin.ListEndOffsets(ctx, name)), 50)
	equal(at(admin.ListCommittedOffsets(ctx, name)), 50)
	equal(at(admin.ListOffsetsAfterMilli(ctx, before, name)), 0)
	var request kadm.OffsetForLeaderEpochRequest
	request.Add(name, 1, 0)
	for _, epoch := range must(admin.OffsetForLeaderEpoch(ctx, request))[name] {
		ok(epoch.Err)
		equal(epoch.EndOffset, 50)
	}
	var wanted kadm.Offsets
	wanted.AddOffset(name, 1, 20, -1)
	deleted := must(admin.DeleteRecords(ctx, wanted))
	equal(deleted[name][1].LowWatermark, 20)
	equal(at(admin.ListStartOffsets(ctx, name)), 20)
}

func internals() {
	name := topic("internals", 1)
	produce(name, 0, 10)
	size, found := must(admin.DescribeAllLogDirs(ctx, nil))[0].LookupPartition(name, 0)
	check(found && size.Size > 0, "%v", size)
	var set kadm.TopicsSet
	set.Add(name, 0)
	producers := must(admin.DescribeProducers(ctx, set))
	equal(len(producers[name].Partitions[0].ActiveProducers), 1)
	equal(len(must(admin.ListPartitionReassignments(ctx, nil))), 0)
}

func groups() {
	name := topic("groups", 2)
	produce(name, 0, 30)
	var committed kadm.Offsets
	committed.Add(kadm.Offset{Topic: name, Partition: 0, At: 10, LeaderEpoch: -1, Metadata: "noted"})
	ok(must(admin.CommitOffsets(ctx, "franz-admin", committed)).Error())
	fetched := must(admin.FetchOffsets(ctx, "franz-admin"))
	equal(fmt.Sprint(fetched[name][0].At, fetched[name][0].Metadata), "10noted")
	many := admin.FetchManyOffsets(ctx, "franz-admin", "franz-nobody")
	equal(many["franz-admin"].Fetched[name][0].At, 10)
	check(slices.Contains(must(admin.ListGroups(ctx)).Groups(), "franz-admin"), "not listed")
	equal(must(admin.DescribeGroups(ctx, "franz-admin"))["franz-admin"].State, "Empty")
	lag, found := must(admin.Lag(ctx, "franz-admin"))["franz-admin"]
	check(found && lag.Error() == nil, "%v", lag.Error())
	equal(lag.Lag[name][0].Lag, 20)
	var some kadm.TopicsSet
	some.Add(name, 0)
	ok(must(admin.DeleteOffsets(ctx, "franz-admin", some)).Error())
	member := join("busy", name)
	settle(2, member)
	check(errors.Is(must(admin.DeleteGroups(ctx, "franz-busy"))["franz-busy"].Err, kerr.NonEmptyGroup), "deleted a busy group")
	described := must(admin.DescribeGroups(ctx, "franz-busy"))["franz-busy"]
	equal(fmt.Sprint(described.State, len(described.Members)), "Stable1")
	member.Close()
	ok(must(admin.DeleteGroups(ctx, "franz-busy"))["franz-busy"].Err)
}
