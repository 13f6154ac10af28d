import { TinmanError } from "../../errors/mod.ts";
import type { Link } from "../../link/mod.ts";
import { type ConnectOptions, KafkaConnection } from "./kafka_connection.ts";

/** A broker of a cluster. */
export interface BrokerAddress {
  /** A name or a number. */
  readonly host: string;
  /** From 0 to 65535. */
  readonly port: number;
}

/** Opens a link to a broker. @throws {TinmanError} `UNAVAILABLE` */
export type Dial = (address: BrokerAddress) => Promise<Link>;

/** Most connections to one broker. A request that waits for records has one for itself. */
const MAX_CONNECTIONS = 16;

/** Connections to the brokers of a cluster: opened when there is need, used again, each for one request at a time. */
export class KafkaPool {
  readonly #dial: Dial;
  readonly #connect: ConnectOptions;
  readonly #idle = new Map<string, KafkaConnection[]>();
  readonly #open = new Map<string, number>();
  readonly #all = new Set<KafkaConnection>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #closed = false;

  /** None yet. */
  constructor(dial: Dial, connect: ConnectOptions) {
    [this.#dial, this.#connect] = [dial, connect];
  }

  /**
   * Has `use` work with a connection of its own. When `signal` aborts, the connection is given up and its reason thrown.
   *
   * @throws {TinmanError} `UNAVAILABLE` when the broker cannot be reached, `CLOSED`.
   */
  async with<T>(
    address: BrokerAddress,
    use: (connection: KafkaConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const connection = await this.#take(address);
    const giveUp = () => void connection.close();
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await use(connection);
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#closed) throw closed();
      if (connection.isBroken) await this.#dropIdle(address);
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
      this.#giveBack(address, connection);
    }
  }

  /** Ends all connections; what is under way fails with `CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((connection) => connection.close()));
    for (const waiting of this.#waiting.values()) for (const wake of waiting.splice(0)) wake();
  }

  async #take(address: BrokerAddress): Promise<KafkaConnection> {
    const key = `${address.host}:${address.port}`;
    for (;;) {
      if (this.#closed) throw closed();
      const idle = this.#idle.get(key)?.pop();
      if (idle !== undefined) return idle;
      const open = this.#open.get(key) ?? 0;
      if (open >= MAX_CONNECTIONS) {
        await new Promise<void>((resolve) => {
          const waiting = this.#waiting.get(key) ?? [];
          this.#waiting.set(key, waiting);
          waiting.push(resolve);
        });
        continue;
      }
      this.#open.set(key, open + 1);
      try {
        const connection = await KafkaConnection.open(await this.#dial(address), this.#connect);
        this.#all.add(connection);
        if (!this.#closed) return connection;
        await connection.close();
      } catch (error) {
        this.#left(key);
        throw error;
      }
    }
  }

  #giveBack(address: BrokerAddress, connection: KafkaConnection): void {
    const key = `${address.host}:${address.port}`;
    if (connection.isBroken) {
      this.#all.delete(connection);
      this.#left(key);
      return;
    }
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    idle.push(connection);
    this.#waiting.get(key)?.shift()?.();
  }

  /** Closes what waits to be used: where one link broke, others to the same broker most likely did, too. */
  async #dropIdle({ host, port }: BrokerAddress): Promise<void> {
    const key = `${host}:${port}`;
    const idle = this.#idle.get(key)?.splice(0) ?? [];
    await Promise.all(idle.map((connection) => connection.close()));
    for (const connection of idle) {
      this.#all.delete(connection);
      this.#left(key);
    }
  }

  #left(key: string): void {
    this.#open.set(key, this.#open.get(key)! - 1);
    this.#waiting.get(key)?.shift()?.();
  }
}

function closed(): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", "Cannot use a Kafka client: it was closed", {});
}
