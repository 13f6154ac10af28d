// A consumer in a process of its own, which prints the values that it sees: for tests that kill it.
import { Kafka, logLevel } from "kafkajs";
import { Consumer, stringDeserializers } from "@platformatic/kafka";

const [bootstrap, kind] = Deno.args;
if (kind === "kafkajs") {
  const kafka = new Kafka({ brokers: [bootstrap!], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, sessionTimeout: 1000, heartbeatInterval: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: "t", fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: ({ message }) => Promise.resolve(console.log(`${message.value}`)),
  });
} else {
  const consumer = new Consumer({
    clientId: "killed",
    bootstrapBrokers: [bootstrap!],
    groupId: "g",
    groupProtocol: kind === "consumer" ? "consumer" : "classic",
    sessionTimeout: 1000,
    heartbeatInterval: 100,
    deserializers: stringDeserializers,
    maxWaitTime: 50,
  });
  const stream = await consumer.consume({ topics: ["t"], mode: "committed", fallbackMode: "earliest", autocommit: 10 });
  for await (const { value } of stream) console.log(value);
}
