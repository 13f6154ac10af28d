import type { QueueBroker, QueueClient } from "tinman/broker";
import { TinmanError } from "../../src/errors/mod.ts";
import { openQueue } from "tinman";

/** librdkafka, which .ci/run installs with kcat, or another build of it. */
const path = Deno.env.get("TINMAN_LIBRDKAFKA") ?? "librdkafka.so.1";
const PRODUCER = 0;

const functions = {
  rd_kafka_version_str: { parameters: [], result: "pointer" },
  rd_kafka_conf_new: { parameters: [], result: "pointer" },
  rd_kafka_conf_set: { parameters: ["pointer", "buffer", "buffer", "buffer", "usize"], result: "i32" },
  rd_kafka_new: { parameters: ["i32", "pointer", "buffer", "usize"], result: "pointer" },
  rd_kafka_destroy: { parameters: ["pointer"], result: "void", nonblocking: true },
  rd_kafka_mock_cluster_new: { parameters: ["pointer", "i32"], result: "pointer" },
  rd_kafka_mock_cluster_destroy: { parameters: ["pointer"], result: "void", nonblocking: true },
  rd_kafka_mock_cluster_bootstraps: { parameters: ["pointer"], result: "pointer" },
  rd_kafka_mock_topic_create: { parameters: ["pointer", "buffer", "i32", "i32"], result: "i32" },
  rd_kafka_mock_partition_set_leader: { parameters: ["pointer", "buffer", "i32", "i32"], result: "i32" },
  rd_kafka_mock_coordinator_set: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
  rd_kafka_mock_broker_set_down: { parameters: ["pointer", "i32"], result: "i32" },
  rd_kafka_mock_broker_set_up: { parameters: ["pointer", "i32"], result: "i32" },
  rd_kafka_mock_push_request_errors_array: { parameters: ["pointer", "i16", "usize", "buffer"], result: "void" },
} as const;

let library: Deno.DynamicLibrary<typeof functions> | undefined;
try {
  library = Deno.dlopen(path, functions);
} catch {
  if (Deno.env.get("CI") !== undefined) throw new Error("librdkafka is needed in CI: apt-get install librdkafka1");
}

/** Which librdkafka there is; none where it is not installed. */
export const librdkafkaVersion: string | undefined = library && text(library.symbols.rd_kafka_version_str());

/**
 * librdkafka's mock cluster: a broker that is not ours. It makes topics as soon as somebody asks for them and knows no
 * requests for tools; what it cannot be asked for is done from outside.
 */
export class MockCluster implements QueueBroker {
  readonly #brokers: number;
  #cluster: Deno.PointerValue = null;
  #client: Deno.PointerValue = null;
  #bootstrap = "";

  constructor({ brokers = 3 }: { readonly brokers?: number } = {}) {
    this.#brokers = brokers;
  }

  get url(): string {
    return `kafka://${this.#bootstrap}`;
  }

  /** `HOST:PORT,HOST:PORT` */
  get bootstrap(): string {
    return this.#bootstrap;
  }

  get isRunning(): boolean {
    return this.#cluster !== null;
  }

  start(): Promise<void> {
    if (this.isRunning) return Promise.resolve();
    const { symbols } = library!;
    const reason = new Uint8Array(512);
    const settings = symbols.rd_kafka_conf_new();
    symbols.rd_kafka_conf_set(settings, cString("log_level"), cString("0"), reason, 512n);
    this.#client = symbols.rd_kafka_new(PRODUCER, settings, reason, 512n);
    this.#cluster = symbols.rd_kafka_mock_cluster_new(this.#client, this.#brokers);
    this.#bootstrap = text(symbols.rd_kafka_mock_cluster_bootstraps(this.#cluster));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const [cluster, client] = [this.#cluster, this.#client];
    this.#cluster = this.#client = null;
    await library!.symbols.rd_kafka_mock_cluster_destroy(cluster);
    await library!.symbols.rd_kafka_destroy(client);
  }

  async connect(): Promise<QueueClient> {
    if (!this.isRunning) {
      throw new TinmanError("UNAVAILABLE", "Cannot connect to a mock cluster that is stopped", { what: "mock" });
    }
    const client = await openQueue(this.url);
    // The mock has no CreateTopics, and makes four partitions where nobody says how many.
    client.createTopic = (topic, { partitions = 1 } = {}) => Promise.resolve(this.createTopic(topic, partitions));
    const produce = client.produceBatch;
    client.produceBatch = (topic, ...rest) => {
      this.createTopic(topic);
      return produce.call(client, topic, ...rest);
    };
    return client;
  }

  /** Says whether it was not there. */
  createTopic(topic: string, partitions = 1): boolean {
    const error = library!.symbols.rd_kafka_mock_topic_create(this.#cluster, cString(topic), partitions, 1);
    return error === 0;
  }

  /** Has another broker, from 1 up, lead a partition. */
  moveLeader(topic: string, partition: number, broker: number): void {
    library!.symbols.rd_kafka_mock_partition_set_leader(this.#cluster, cString(topic), partition, broker);
  }

  /** Has another broker keep the commits of a group. */
  moveCoordinator(group: string, broker: number): void {
    library!.symbols.rd_kafka_mock_coordinator_set(this.#cluster, cString("group"), cString(group), broker);
  }

  /** Ends the connections of a broker, and takes no new ones until it is up again. */
  setDown(broker: number, isDown: boolean): void {
    const { rd_kafka_mock_broker_set_down: down, rd_kafka_mock_broker_set_up: up } = library!.symbols;
    (isDown ? down : up)(this.#cluster, broker);
  }

  /** Has the next requests of a kind fail, one with each of these numbers. */
  failNext(key: number, errors: readonly number[]): void {
    const numbers = new Uint8Array(Int32Array.from(errors).buffer);
    library!.symbols.rd_kafka_mock_push_request_errors_array(this.#cluster, key, BigInt(errors.length), numbers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function cString(of: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${of}\0`);
}

function text(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
