package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func addProduceCases() {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		add("idempotent producer and consumer with "+name, func() { roundTrip(name, codecs[name]) })
	}
	add("headers, null keys and values, timestamps come back as they went", headers)
	add("acks 0 and 1", acks)
	add("a record over max.message.bytes is refused", tooLarge)
	add("reading from an offset, and from a time", positions)
	add("transactions: one committed, one aborted, or a refusal within two seconds", transactions)
}

func produce(name string, partition int32, count int, options ...kgo.Opt) []*kgo.Record {
	producer := client(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	defer producer.Close()
	var records []*kgo.Record
	for i := range count {
		value := []byte(fmt.Sprint(i))
		records = append(records, &kgo.Record{Topic: name, Partition: partition, Key: append([]byte("k"), value...), Value: value})
	}
	ok(producer.ProduceSync(ctx, records...).FirstErr())
	return records
}

// consume polls clients in turn until count records have come.
func consume(count int, consumers ...*kgo.Client) []*kgo.Record {
	var records []*kgo.Record
	until(fmt.Sprintf("%d records", count), func() bool {
		for _, consumer := range consumers {
			records = append(records, poll(consumer)...)
		}
		return len(records) >= count
	})
	return records
}

func poll(consumer *kgo.Client) []*kgo.Record {
	short, cancel := contextFor(50 * time.Millisecond)
	defer cancel()
	fetches := consumer.PollFetches(short)
	for _, each := range fetches.Errors() {
		check(short.Err() != nil, "%s [%d]: %v", each.Topic, each.Partition, each.Err)
	}
	return fetches.Records()
}

func from(name string, partition int32, offset kgo.Offset, options ...kgo.Opt) *kgo.Client {
	wanted := map[string]map[int32]kgo.Offset{name: {partition: offset}}
	return client(append(options, kgo.ConsumePartitions(wanted))...)
}

func roundTrip(codec string, compression kgo.CompressionCodec) {
	name := topic("codec-"+codec, 1)
	for i, record := range produce(name, 0, 3000, kgo.ProducerBatchCompression(compression), kgo.ProducerBatchMaxBytes(8000)) {
		equal(record.Offset, i)
	}
	consumer := from(name, 0, kgo.NewOffset().AtStart())
	defer consumer.Close()
	for i, record := range consume(3000, consumer) {
		equal(fmt.Sprintf("%d %s %s", record.Offset, record.Key, record.Value), fmt.Sprintf("%d k%d %d", i, i, i))
	}
}

func headers() {
	name := topic("headers", 1)
	sent := &kgo.Record{Topic: name, Timestamp: time.UnixMilli(1234567890123), Headers: []kgo.RecordHeader{
		{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{}}, {Key: "null"},
	}}
	producer := client()
	defer producer.Close()
	ok(producer.ProduceSync(ctx, sent).FirstErr())
	consumer := from(name, 0, kgo.NewOffset().AtStart())
	defer consumer.Close()
	got := consume(1, consumer)[0]
	check(got.Key == nil && got.Value == nil, "key %v value %v", got.Key, got.Value)
	equal(got.Timestamp.UnixMilli(), 1234567890123)
	equal(got.Headers, sent.Headers)
	check(got.Headers[2].Value == nil, "the null header has a value")
}

func acks() {
	name := topic("acks", 1)
	produce(name, 0, 10, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	produce(name, 0, 10, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	consumer := from(name, 0, kgo.NewOffset().AtStart())
	defer consumer.Close()
	equal(len(consume(20, consumer)), 20)
}

func tooLarge() {
	name := topic("too-large", 1)
	producer := client(kgo.ProducerBatchMaxBytes(4_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer producer.Close()
	err := producer.ProduceSync(ctx, &kgo.Record{Topic: name, Value: make([]byte, 2_000_000)}).FirstErr()
	check(errors.Is(err, kerr.MessageTooLarge), "%v", err)
}

func positions() {
	name := topic("positions", 1)
	producer := client(kgo.ProducerBatchCompression(kgo.GzipCompression()))
	defer producer.Close()
	var records []*kgo.Record
	for i := range 100 {
		records = append(records, &kgo.Record{Topic: name, Value: []byte(fmt.Sprint(i)), Timestamp: time.UnixMilli(1_000_000 + int64(i)*1000)})
	}
	ok(producer.ProduceSync(ctx, records...).FirstErr())
	for offset, first := range map[kgo.Offset]string{
		kgo.NewOffset().At(97):                "97",
		kgo.NewOffset().AtEnd().Relative(-1):  "99",
		kgo.NewOffset().AfterMilli(1_050_001): "51",
	} {
		consumer := from(name, 0, offset)
		equal(string(consume(1, consumer)[0].Value), first)
		consumer.Close()
	}
}

func transactions() {
	name := topic("transactions", 1)
	producer := client(kgo.TransactionalID("franz-transactional"), kgo.DefaultProduceTopic(name), kgo.RecordRetries(1))
	defer producer.Close()
	started := time.Now()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		err := producer.BeginTransaction()
		if err == nil {
			err = producer.ProduceSync(ctx, kgo.StringRecord("v")).FirstErr()
		}
		if err != nil {
			check(time.Since(started) < 2*time.Second, "refused only after %v: %v", time.Since(started), err)
			return
		}
		ok(producer.EndTransaction(ctx, end))
	}
	consumer := from(name, 0, kgo.NewOffset().AtStart(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	defer consumer.Close()
	equal(len(consume(1, consumer)), 1)
}
