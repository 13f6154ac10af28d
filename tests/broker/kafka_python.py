"""kafka-python against a broker: python3 kafka_python.py HOST:PORT. Prints what a test compares."""

import sys
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

to = {"bootstrap_servers": sys.argv[1]}
admin = KafkaAdminClient(**to)
admin.create_topics([NewTopic("t", 2, 1, topic_configs={"retention.ms": "5000"})])
print("topics", admin.list_topics())
admin.create_partitions({"t": NewPartitions(3)})
print("partitions", len(admin.describe_topics(["t"])[0]["partitions"]))
resource = ConfigResource(ConfigResourceType.TOPIC, "t")
print("altered", [each[0] for each in admin.alter_configs(
    [ConfigResource(ConfigResourceType.TOPIC, "t", {"max.message.bytes": "70000"})]).resources])
described = {entry[0]: entry[1] for entry in admin.describe_configs([resource])[0].resources[0][4]}
print("settings", described["max.message.bytes"], described["retention.ms"])
print("cluster", [each["node_id"] for each in admin.describe_cluster()["brokers"]])

for compression in (None, "gzip"):
    producer = KafkaProducer(compression_type=compression, acks="all", **to)
    sent = [producer.send("t", key=b"k", value=f"{compression} {i}".encode(), headers=[("a", b"b")], partition=i % 3,
                          timestamp_ms=1000 + i) for i in range(6)]
    print("offsets", [each.get(10).offset for each in sent])
    producer.close()


def consumer(**more):
    return KafkaConsumer(auto_offset_reset="earliest", consumer_timeout_ms=5000, enable_auto_commit=False,
                         fetch_max_wait_ms=10, session_timeout_ms=6000, heartbeat_interval_ms=500, **to, **more)


def read(from_all, count):
    seen = []
    for message in from_all:
        seen.append(message.value.decode())
        if len(seen) == count:
            break
    return sorted(seen)


member = consumer(group_id="g")
member.subscribe(["t"])
print("read", len(set(read(member, 12))), sorted(each.partition for each in member.assignment()))
member.commit()
member.close()
again = consumer(group_id="g")
again.subscribe(["t"])
again.poll(1000)
print("committed", [again.committed(TopicPartition("t", i)) for i in range(3)],
      [again.position(TopicPartition("t", i)) for i in range(3)])
print("groups", admin.list_consumer_groups(), [(group.state, len(group.members))
                                                for group in admin.describe_consumer_groups(["g"])])
print("lists", sorted((at.partition, each.offset) for at, each in admin.list_consumer_group_offsets("g").items()))
again.close()

free = consumer()
part = TopicPartition("t", 1)
free.assign([part])
print("ends", free.beginning_offsets([part])[part], free.end_offsets([part])[part])
print("times", [found and found.offset for found in free.offsets_for_times({part: 1002}).values()])
free.seek(part, 3)
print("from", read(free, 1))
free.close()

outside = consumer(group_id="g")
outside.assign([part])
outside.commit({part: OffsetAndMetadata(1, "note")})
print("outside", outside.committed(part, metadata=True))
outside.close()
print("deleted", admin.delete_consumer_groups(["g"])[0][1].__name__, admin.delete_topics(["t"]).topic_error_codes)
admin.close()
