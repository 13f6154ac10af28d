"""Transactions through librdkafka: python3 librdkafka_transactions.py HOST:PORT. Prints what a test compares."""

import sys
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap = {"bootstrap.servers": sys.argv[1]}


def producer(name):
    made = Producer({**bootstrap, "transactional.id": name, "transaction.timeout.ms": 60000})
    made.init_transactions(10)
    return made


def consumer(group, **options):
    return Consumer({**bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     "enable.partition.eof": True, "fetch.wait.max.ms": 10, **options})


def read(topic, group, **options):
    """All values, in order, to the end of the only partition."""
    with_all, seen = consumer(group, **options), []
    with_all.assign([TopicPartition(topic, 0, 0)])
    while True:
        message = with_all.poll(10)
        if message is None or message.error() is not None:
            break
        seen.append(message.value().decode())
    with_all.close()
    return " ".join(seen)


one = producer("one")
for number in range(4):
    one.begin_transaction()
    for _ in range(2):
        one.produce("in", f"{number}")
    one.flush(10)
    if number % 2 == 0:
        one.commit_transaction(10)
    else:
        one.abort_transaction(10)
print("committed", read("in", "reader"))
print("all", read("in", "reader", **{"isolation.level": "read_uncommitted"}))

# Read, process, write: what was read is committed with what was written of it, or neither is.
group = consumer("etl")
group.subscribe(["in"])
for attempt in ("aborted", "committed"):
    messages = []
    while len(messages) < 4:
        message = group.poll(10)
        if message is not None and message.error() is None:
            messages.append(message)
    one.begin_transaction()
    for message in messages:
        one.produce("out", f"{attempt}-{message.value().decode()}")
    one.send_offsets_to_transaction(group.position(group.assignment()), group.consumer_group_metadata(), 10)
    if attempt == "committed":
        one.commit_transaction(10)
        break
    one.abort_transaction(10)
    for partition in group.assignment():
        group.seek(TopicPartition(partition.topic, partition.partition, 0))
print("out", read("out", "reader"))
# Behind it lies the marker of the last transaction, which was given up.
print("offset", group.committed([TopicPartition("in", 0)], 10)[0].offset >= 8)
group.close()

# A second producer of the name shuts the first one out.
one.begin_transaction()
one.produce("in", "lost")
one.flush(10)
two = producer("one")
try:
    one.commit_transaction(10)
    print("fenced no")
except KafkaException as error:
    print("fenced", error.args[0].fatal())
two.begin_transaction()
two.produce("in", "last")
two.commit_transaction(10)
print("committed", read("in", "reader"))
