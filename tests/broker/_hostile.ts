import assert from "node:assert/strict";
import { TestClient } from "../../src/broker/_client_test.ts";
import { produceApi } from "../../src/broker/protocol/00_produce.ts";
import { metadataApi } from "../../src/broker/protocol/03_metadata.ts";
import { writeBatch } from "../../src/broker/protocol/records.ts";
import { dialTcp } from "../../src/platform/mod.ts";
import { type BrokerProcess, startBrokerProcess } from "./_broker.ts";

/** A broker in a process of its own, and somebody who would notice. */
export interface Scene extends AsyncDisposable {
  readonly broker: BrokerProcess;
  readonly witness: Witness;
  connect(): Promise<TestClient>;
  /** Memory of the broker in MB. */
  memoryMb(): number;
}

/** Starts both. */
export async function openScene(args: readonly string[] = []): Promise<Scene> {
  const broker = await startBrokerProcess(args);
  const connect = async () => {
    const [host, port] = broker.bootstrap.split(":");
    return new TestClient(await dialTcp({ host: host!, port: Number(port) }), "hostile");
  };
  const witness = await Witness.start(await connect());
  return {
    broker,
    witness,
    connect,
    memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${broker.pid}/status`))![1]) / 1024,
    async [Symbol.asyncDispose]() {
      try {
        await witness.end();
      } finally {
        await broker[Symbol.asyncDispose]();
      }
    },
  };
}

/** A client that goes on all the time: it produces, one record after the other, and fails when an answer takes long. */
export class Witness {
  readonly #client: TestClient;
  #isEnding = false;
  #answers = 0;
  #worstMs = 0;
  readonly #waiting: { readonly count: number; readonly go: () => void }[] = [];
  readonly #running: Promise<void>;

  private constructor(client: TestClient) {
    this.#client = client;
    this.#running = this.#run();
  }

  /** Makes its topic and begins. */
  static async start(client: TestClient): Promise<Witness> {
    await client.ask(metadataApi, 5, { topics: [{ name: "witness" }], allowAutoTopicCreation: true });
    return new Witness(client);
  }

  /** Waits until it was answered so many times more. */
  async answered(count = 20): Promise<void> {
    const more = new Promise<void>((go) => this.#waiting.push({ count: this.#answers + count, go }));
    await Promise.race([more, this.#running]);
    assert.ok(!this.#isEnding);
  }

  /** Ends it. Fails when it was not answered, or late. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    await this.#client.link.close();
    assert.ok(this.#worstMs < 2000, `the witness waited ${this.#worstMs} ms for an answer`);
  }

  async #run(): Promise<void> {
    const value = new Uint8Array(10);
    while (!this.#isEnding) {
      const records = writeBatch([{ value, key: null, headers: [], timestampMs: 1 }]);
      const topics = [{ name: "witness", partitions: [{ index: 0, records }] }];
      const startMs = performance.now();
      const answer = await this.#client.ask(produceApi, 7, { acks: -1, topics });
      this.#worstMs = Math.max(this.#worstMs, performance.now() - startMs);
      assert.equal(answer.topics[0]!.partitions[0]!.baseOffset, this.#answers++);
      for (const { count, go } of this.#waiting) if (this.#answers >= count) go();
      // The machine belongs to the hostile one; this one asks 500 times a second.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
