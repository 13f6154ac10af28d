// Sarama against a broker: GO111MODULE=off GOPATH=/usr/share/gocode go run sarama.go HOST:PORT. Prints what a test compares.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/Shopify/sarama"
)

func main() {
	brokers := []string{os.Args[1]}
	// What a client of this age sends depends on how old it is told the broker is.
	for _, version := range []sarama.KafkaVersion{sarama.V1_0_0_0, sarama.V2_0_0_0, sarama.V2_2_0_0} {
		config := sarama.NewConfig()
		config.Version = version
		config.Producer.Return.Successes = true
		config.Producer.RequiredAcks = sarama.WaitForAll
		config.Net.MaxOpenRequests = 1
		config.Consumer.Offsets.Initial = sarama.OffsetOldest
		config.Consumer.MaxWaitTime = 50 * time.Millisecond
		topic, group := "t-"+version.String(), "g-"+version.String()
		admin, err := sarama.NewClusterAdmin(brokers, config)
		check(err)
		check(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false))
		check(admin.CreatePartitions(topic, 3, nil, false))
		value := "60000"
		check(admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"max.message.bytes": &value}, false))
		resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"max.message.bytes"}}
		entries, err := admin.DescribeConfig(resource)
		check(err)

		count := 0
		for codec := sarama.CompressionNone; codec <= sarama.CompressionZSTD; codec++ {
			if codec == sarama.CompressionZSTD && !version.IsAtLeast(sarama.V2_1_0_0) {
				continue
			}
			config.Producer.Compression = codec
			config.Producer.Idempotent = codec == sarama.CompressionGZIP
			producer, err := sarama.NewSyncProducer(brokers, config)
			check(err)
			for i := 0; i < 3; i++ {
				_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Partition: int32(i),
					Key: sarama.StringEncoder(fmt.Sprint(i)), Value: sarama.StringEncoder(codec.String())})
				check(err)
				count++
			}
			check(producer.Close())
		}

		member, err := sarama.NewConsumerGroup(brokers, group, config)
		check(err)
		seen := make(handler)
		ctx, leave := context.WithCancel(context.Background())
		left := make(chan error)
		go func() { left <- member.Consume(ctx, []string{topic}, seen) }()
		values := map[string]int{}
		for i := 0; i < count; i++ {
			values[<-seen]++
		}
		described, err := admin.DescribeConsumerGroups([]string{group})
		check(err)
		leave()
		check(<-left)
		check(member.Close())
		committed := int64(0)
		offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0, 1, 2}})
		check(err)
		for _, block := range offsets.Blocks[topic] {
			committed += block.Offset
			if block.Offset == -1 {
				committed++
			}
		}
		groups, err := admin.ListConsumerGroups()
		check(err)
		fmt.Println(version, entries[0].Value, described[0].State, len(described[0].Members), values, committed == int64(count), groups[group])
		check(admin.DeleteTopic(topic))
		check(admin.Close())
	}
}

type handler chan string

func (handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (seen handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		seen <- string(message.Value)
	}
	return nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
