package main

import (
	"fmt"
	"time"

	"github.com/Shopify/sarama"
)

func saramaConfig(version sarama.KafkaVersion) *sarama.Config {
	config := sarama.NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Return.Errors = true
	if version.IsAtLeast(sarama.V0_11_0_0) {
		config.Consumer.Offsets.Retention = 24 * time.Hour // Makes it commit with version 2, not 1.
	}
	config.Consumer.Group.Heartbeat.Interval = 100 * time.Millisecond
	return config
}

func addSaramaCases() {
	versions := []sarama.KafkaVersion{
		sarama.V0_11_0_0, sarama.V1_0_0_0, sarama.V1_1_0_0, sarama.V2_0_0_0, sarama.V2_1_0_0, sarama.V2_2_0_0,
	}
	for _, version := range versions {
		each := saramaCases{version}
		each.add("sync producer with each codec, consumer of a partition", each.codecs)
		if version.IsAtLeast(sarama.V2_1_0_0) {
			each.add("zstd is refused in a request from before zstd", each.zstd)
		}
		each.add("async producer, idempotent: a thousand in order", each.async)
		each.add("offsets by time and at the ends; a consumer from the newest", each.offsets)
		each.add("group of two shares, commits, resumes", each.group)
		each.add("offset manager", each.offsetManager)
		if dropsOldVersions {
			each.add("offset manager: commits of version 1 fail at once", each.oldCommit)
		}
		each.add("admin: topics, partitions, records, configs, groups", each.admin)
	}
	if dropsOldVersions {
		for _, version := range []sarama.KafkaVersion{sarama.V0_8_2_0, sarama.V0_9_0_0, sarama.V0_10_0_0, sarama.V0_10_2_0} {
			each := saramaCases{version}
			each.add("before 0.11: producer and consumer fail at once", each.refused)
		}
	}
}

type saramaCases struct{ version sarama.KafkaVersion }

func (s saramaCases) add(name string, body func()) {
	add(fmt.Sprintf("sarama as with %v: %s", s.version, name), body)
}

func (s saramaCases) config() *sarama.Config { return saramaConfig(s.version) }

func (s saramaCases) name(suffix string) string {
	return fmt.Sprintf("sarama-%v-%s", s.version, suffix)
}

func (s saramaCases) produce(topic string, partition int32, values ...string) {
	producer := must(sarama.NewSyncProducer([]string{bootstrap}, s.config()))
	defer producer.Close()
	for _, value := range values {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(value)})
		ok(err)
	}
}

// consume reads `count` messages of a partition from `offset` on.
func (s saramaCases) consume(topic string, partition int32, offset int64, count int) (seen []*sarama.ConsumerMessage) {
	consumer := must(sarama.NewConsumer([]string{bootstrap}, s.config()))
	defer consumer.Close()
	reader := must(consumer.ConsumePartition(topic, partition, offset))
	defer reader.Close()
	for len(seen) < count {
		select {
		case message := <-reader.Messages():
			seen = append(seen, message)
		case err := <-reader.Errors():
			panic(failure(err.Error()))
		case <-time.After(20 * time.Second):
			panic(failure(fmt.Sprintf("only %d of %d messages", len(seen), count)))
		}
	}
	return seen
}

func (s saramaCases) codecs() {
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4}
	topic := topic(s.name("codecs"), int32(len(codecs)))
	stamp := time.Unix(1234567890, 0)
	for partition, codec := range codecs {
		config := s.config()
		config.Producer.Compression = codec
		config.Producer.Flush.Frequency = 20 * time.Millisecond
		producer := must(sarama.NewSyncProducer([]string{bootstrap}, config))
		var messages []*sarama.ProducerMessage
		for i := 0; i < 200; i++ {
			messages = append(messages, &sarama.ProducerMessage{
				Topic: topic, Partition: int32(partition), Timestamp: stamp,
				Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(fmt.Sprint(i)),
				Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte(fmt.Sprint(i))}},
			})
		}
		ok(producer.SendMessages(messages))
		ok(producer.Close())
		for i, message := range s.consume(topic, int32(partition), 0, 200) {
			got := fmt.Sprint(message.Offset, string(message.Key), string(message.Value), string(message.Headers[0].Value), message.Timestamp.Unix())
			equal(got, fmt.Sprint(i, "k", fmt.Sprint(i), fmt.Sprint(i), stamp.Unix()))
		}
	}
}

// zstd: this client sends it with version 3 of Produce, which is from before there was zstd.
func (s saramaCases) zstd() {
	topic := topic(s.name("zstd"), 1)
	config := s.config()
	config.Producer.Compression = sarama.CompressionZSTD
	producer := must(sarama.NewSyncProducer([]string{bootstrap}, config))
	defer producer.Close()
	_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
	const unsupportedCompressionType = sarama.KError(76)
	equal(err, unsupportedCompressionType)
}

func (s saramaCases) async() {
	topic := topic(s.name("async"), 1)
	config := s.config()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	producer := must(sarama.NewAsyncProducer([]string{bootstrap}, config))
	go func() {
		for i := 0; i < 1000; i++ {
			producer.Input() <- &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprint(i)), Metadata: i}
		}
	}()
	for i := 0; i < 1000; i++ {
		select {
		case sent := <-producer.Successes():
			equal(fmt.Sprint(sent.Metadata, " at ", sent.Offset), fmt.Sprint(i, " at ", i))
		case err := <-producer.Errors():
			panic(failure(err.Error()))
		}
	}
	ok(producer.Close())
	for i, message := range s.consume(topic, 0, 0, 1000) {
		equal(string(message.Value), fmt.Sprint(i))
	}
}

func (s saramaCases) offsets() {
	topic := topic(s.name("offsets"), 1)
	producer := must(sarama.NewSyncProducer([]string{bootstrap}, s.config()))
	for i := int64(0); i < 10; i++ {
		at := time.Unix(1_000_000+i, 0)
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v"), Timestamp: at})
		ok(err)
	}
	ok(producer.Close())
	client := must(sarama.NewClient([]string{bootstrap}, s.config()))
	defer client.Close()
	equal(must(client.GetOffset(topic, 0, sarama.OffsetOldest)), 0)
	equal(must(client.GetOffset(topic, 0, sarama.OffsetNewest)), 10)
	equal(must(client.GetOffset(topic, 0, 1_000_003_500)), 4)

	consumer := must(sarama.NewConsumer([]string{bootstrap}, s.config()))
	defer consumer.Close()
	reader := must(consumer.ConsumePartition(topic, 0, sarama.OffsetNewest))
	defer reader.Close()
	s.produce(topic, 0, "new")
	select {
	case message := <-reader.Messages():
		equal(fmt.Sprint(message.Offset, string(message.Value)), "10new")
	case <-time.After(10 * time.Second):
		panic(failure("the new message did not come"))
	}
	_, err := consumer.ConsumePartition(topic, 0, 99)
	equal(err, sarama.ErrOffsetOutOfRange)
}

func (s saramaCases) admin() {
	admin := s.clusterAdmin()
	defer admin.Close()
	brokers, controller, err := admin.DescribeCluster()
	ok(err)
	// It asks with version 0 of Metadata, which names no controller.
	equal(fmt.Sprint(len(brokers), brokers[0].Addr(), controller), fmt.Sprint(1, bootstrap, -1))
	name := s.name("admin")
	if !s.version.IsAtLeast(sarama.V1_0_0_0) {
		if dropsOldVersions {
			failsSoon("CreateTopics version 1", func() error {
				return admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
			})
		}
		return
	}
	ok(admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
	again := admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	check(again != nil, "a second topic of that name")
	ok(admin.CreatePartitions(name, 3, nil, false))
	until("three partitions", func() bool { return len(must(admin.DescribeTopics([]string{name}))[0].Partitions) == 3 })
	s.produce(name, 0, "a", "b", "c")
	ok(admin.DeleteRecords(name, map[int32]int64{0: 2}))
	client := must(sarama.NewClient([]string{bootstrap}, s.config()))
	defer client.Close()
	equal(must(client.GetOffset(name, 0, sarama.OffsetOldest)), 2)
	value := "1000000"
	ok(admin.AlterConfig(sarama.TopicResource, name, map[string]*string{"retention.ms": &value}, false))
	wrong := "soon"
	check(admin.AlterConfig(sarama.TopicResource, name, map[string]*string{"retention.ms": &wrong}, false) != nil, "it took a wrong value")
	s.describeConfig(name, value)
	ok(admin.DeleteTopic(name))
	until("the topic to be gone", func() bool {
		return must(admin.DescribeTopics([]string{name}))[0].Err == sarama.ErrUnknownTopicOrPartition
	})
	equal(admin.DeleteTopic(name), sarama.ErrUnknownTopicOrPartition)
}

// describeConfig: this client always asks with version 0.
func (s saramaCases) describeConfig(topic, expected string) {
	admin := s.clusterAdmin()
	defer admin.Close()
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}}
	if dropsOldVersions {
		failsSoon("DescribeConfigs version 0", func() error { _, err := admin.DescribeConfig(resource); return err })
		return
	}
	until("the new value", func() bool { return must(admin.DescribeConfig(resource))[0].Value == expected })
}

func (s saramaCases) refused() {
	topic := topic(s.name("refused"), 1)
	config := s.config()
	config.Producer.Retry.Max = 0
	producer := must(sarama.NewSyncProducer([]string{bootstrap}, config))
	failsSoon("producer", func() error {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
		return err
	})
	ok(producer.Close())
	consumer := must(sarama.NewConsumer([]string{bootstrap}, s.config()))
	defer consumer.Close()
	failsSoon("consumer", func() error {
		reader, err := consumer.ConsumePartition(topic, 0, 0)
		if err != nil {
			return err
		}
		defer reader.Close()
		select {
		case err := <-reader.Errors():
			return err
		case <-reader.Messages():
			return nil
		}
	})
}

// saramaNewest helps the cases of the other clients.
var saramaNewest = saramaCases{sarama.MaxVersion}

func (s saramaCases) clusterAdmin() sarama.ClusterAdmin {
	return must(sarama.NewClusterAdmin([]string{bootstrap}, s.config()))
}
