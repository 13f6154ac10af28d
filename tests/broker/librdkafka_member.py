"""A member of a group, through librdkafka: python3 librdkafka_member.py HOST:PORT GROUP TOPIC [SETTING=VALUE ...].

Prints what happens, a line each: `assigned P…`, `revoked P…`, `lost P…`, and for each record `began P O` before its
offset is committed and `done P O` after. One whose commit is refused is `refused P O`, and read again. SIGTERM ends it
politely."""

import signal
import sys
from confluent_kafka import Consumer, KafkaException, TopicPartition

bootstrap, group, topic, *settings = sys.argv[1:]
running = True


def stop(*_):
    global running
    running = False


def say(*words):
    print(*words, flush=True)


def tell(word):
    return lambda _, partitions: say(word, *sorted(p.partition for p in partitions))


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({
    "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
    "fetch.wait.max.ms": 10, "topic.metadata.refresh.interval.ms": 500, **dict(each.split("=") for each in settings)})
consumer.subscribe([topic], on_assign=tell("assigned"), on_revoke=tell("revoked"), on_lost=tell("lost"))
while running:
    message = consumer.poll(0.05)
    if message is None:
        continue
    if message.error() is not None:
        say("error", message.error())
        continue
    place = message.partition(), message.offset()
    say("began", *place)
    try:
        consumer.commit(offsets=[TopicPartition(message.topic(), place[0], place[1] + 1)], asynchronous=False)
        say("done", *place)
    except KafkaException as error:
        say("refused", *place, error.args[0].name())
        # Whoever has the partition then gets it again.
        if any(each.partition == place[0] for each in consumer.assignment()):
            consumer.seek(TopicPartition(message.topic(), *place))
consumer.close()
say("ended")
