package main

import (
	"fmt"
	"time"

	optiopay "github.com/optiopay/kafka/v2"
	"github.com/optiopay/kafka/v2/proto"
)

// optiopay's client asks for ApiVersions and knows Fetch up to version 5, but Produce only up to 2.
func addOptiopayCases() {
	add("optiopay: metadata, offsets, consumer", optiopayReading)
	add("optiopay: a malformed FindCoordinator is refused", optiopayCoordinator)
	if dropsOldVersions {
		add("optiopay: producing fails at once", optiopayRefused)
	} else {
		add("optiopay: producer", optiopayProducer)
	}
}

func optiopayDial() *optiopay.Broker {
	config := optiopay.NewBrokerConf("optiopay")
	config.LeaderRetryLimit = 2
	return must(optiopay.Dial([]string{bootstrap}, config))
}

func optiopayReading() {
	name := topic("optiopay", 2)
	saramaNewest.produce(name, 1, "a", "b", "c")
	broker := optiopayDial()
	defer broker.Close()
	equal(must(broker.PartitionCount(name)), 2)
	equal(must(broker.OffsetEarliest(name, 1)), 0)
	equal(must(broker.OffsetLatest(name, 1)), 3)
	config := optiopay.NewConsumerConf(name, 1)
	config.StartOffset = 1
	config.RequestTimeout = 100 * time.Millisecond
	consumer := must(broker.Consumer(config))
	for offset := 1; offset < 3; offset++ {
		message := must(consumer.Consume())
		equal(fmt.Sprint(message.Offset, string(message.Value)), fmt.Sprint(offset, []string{"a", "b", "c"}[offset]))
	}
}

// optiopayCoordinator: the client leaves a byte out of FindCoordinator version 1, which the broker takes for what it is.
func optiopayCoordinator() {
	broker := optiopayDial()
	defer broker.Close()
	startedAt := time.Now()
	_, err := broker.OffsetCoordinator(optiopay.NewOffsetCoordinatorConf("optiopay"))
	check(err != nil, "a request that is a byte short was answered")
	check(time.Since(startedAt) < 20*time.Second, "only after %v", time.Since(startedAt))
}

func optiopayProduce(name string) (int64, error) {
	broker := optiopayDial()
	defer broker.Close()
	config := optiopay.NewProducerConf()
	config.RetryLimit = 1
	return broker.Producer(config).Produce(name, 0, &proto.Message{Value: []byte("v")})
}

func optiopayRefused() {
	name := topic("optiopay-refused", 1)
	failsSoon("Produce version 2", func() error { _, err := optiopayProduce(name); return err })
}

func optiopayProducer() {
	name := topic("optiopay-producer", 1)
	equal(must(optiopayProduce(name)), 0)
	equal(string(saramaNewest.consume(name, 0, 0, 1)[0].Value), "v")
}
