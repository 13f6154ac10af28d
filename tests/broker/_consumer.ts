// A consumer of @platformatic/kafka in a process of its own, which prints the values that it sees: for tests that kill it.
import { Consumer, stringDeserializers } from "@platformatic/kafka";

const [bootstrap, protocol] = Deno.args;
const consumer = new Consumer({
  clientId: "killed",
  bootstrapBrokers: [bootstrap!],
  groupId: "g",
  groupProtocol: protocol === "consumer" ? "consumer" : "classic",
  sessionTimeout: 1000,
  heartbeatInterval: 100,
  deserializers: stringDeserializers,
  maxWaitTime: 50,
});
const stream = await consumer.consume({ topics: ["t"], mode: "committed", fallbackMode: "earliest", autocommit: 10 });
for await (const { value } of stream) console.log(value);
