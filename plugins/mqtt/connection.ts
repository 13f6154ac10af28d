import { failure } from "./failure.ts";
import { type Connect, encodePacket, type Packet } from "./packet.ts";
import { PacketReader } from "./reader.ts";

/** What a connection needs. */
export interface ConnectionOptions {
  readonly hostname: string;
  readonly port: number;
  readonly connect: Connect;
  /** {@linkcode PacketReader} */
  readonly maxPacketBytes: number;
  /** How long the broker may take to answer. */
  readonly timeoutMs: number;
  readonly keepAliveMs: number;
  /** Resolves so much later, or rejects when all is over. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** One connection to a broker, from its CONNACK until it breaks. */
export class Connection implements AsyncDisposable {
  /** Whether the broker still knew us. */
  sessionPresent = false;
  readonly #name: string;
  readonly #conn: Deno.TcpConn;
  readonly #options: ConnectionOptions;
  readonly #packets: AsyncGenerator<Packet>;
  #written: Promise<void> = Promise.resolve();
  #answered = true;
  #tooLate = false;
  #closed = false;

  private constructor(conn: Deno.TcpConn, options: ConnectionOptions) {
    this.#name = `mqtt://${options.hostname}:${options.port}`;
    [this.#conn, this.#options] = [conn, options];
    this.#packets = this.#read();
  }

  /** Connects and is let in; throws with code `UNAVAILABLE`, or `DENIED` when the broker does not want us. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { hostname, port, signal, sleep, timeoutMs, connect } = options;
    const name = `mqtt://${hostname}:${port}`;
    const tooLate = new AbortController();
    let isOpen = false;
    sleep(timeoutMs).then(() => isOpen || tooLate.abort(), () => {});
    const conn = await Deno.connect({ hostname, port, signal: AbortSignal.any([signal, tooLate.signal]) }).catch(
      (error) => {
        throw explain(`Cannot connect to ${name}`, tooLate.signal.aborted ? new Error("no answer in time") : error);
      },
    );
    const connection = new Connection(conn, options);
    tooLate.signal.addEventListener("abort", () => connection.#giveUp());
    try {
      conn.setNoDelay(true);
      await connection.send(connect);
      const { value: answer } = await connection.#packets.next();
      if (answer?.type !== "connack") {
        throw failure("UNAVAILABLE", `Cannot connect to ${name}: the broker said ${answer?.type ?? "nothing"}`);
      }
      if (answer.code !== 0) throw refused(name, answer.code);
      connection.sessionPresent = answer.sessionPresent;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
    isOpen = true;
    connection.#keepAlive();
    return connection;
  }

  /** What the broker says; ends when it or we closed. */
  get packets(): AsyncIterable<Packet> {
    return this.#packets;
  }

  /** Resolves when the packet is on its way, behind those before it. */
  send(packet: Packet): Promise<void> {
    const bytes = encodePacket(packet);
    const written = this.#written.then(() => this.#write(bytes));
    this.#written = written.catch(() => {});
    return written;
  }

  /** Says goodbye, so that the broker does not send our will. */
  async disconnect(): Promise<void> {
    await this.send({ type: "disconnect" }).catch(() => {});
    await this[Symbol.asyncDispose]();
  }

  /** Lets go of the broker without a word. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) this.#conn.close();
    this.#closed = true;
    return Promise.resolve();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch (error) {
      throw explain(`Cannot send to ${this.#name}`, error);
    }
  }

  async *#read(): AsyncGenerator<Packet> {
    const reader = new PacketReader(this.#options.maxPacketBytes);
    const buffer = new Uint8Array(65_536);
    try {
      for (let count; !this.#closed && (count = await this.#conn.read(buffer)) !== null;) {
        this.#answered = true;
        for (const packet of reader.push(buffer.subarray(0, count))) yield packet;
      }
    } catch (error) {
      if (this.#tooLate) throw failure("UNAVAILABLE", `Cannot go on with ${this.#name}: no answer in time`);
      if (this.#closed) return;
      const isTheirs = error instanceof SyntaxError || error instanceof RangeError;
      if (isTheirs) throw failure("UNAVAILABLE", `Cannot go on with ${this.#name}: the broker sent ${error.message}`);
      throw explain(`Cannot read from ${this.#name}`, error);
    }
  }

  /** Anything that comes is a sign of life; a broker without one for a whole period is gone. */
  async #keepAlive(): Promise<void> {
    const { keepAliveMs, sleep } = this.#options;
    try {
      while (!this.#closed) {
        await sleep(keepAliveMs / 2);
        if (this.#closed) return;
        if (!this.#answered) return this.#giveUp();
        this.#answered = false;
        await this.send({ type: "pingreq" });
      }
    } catch {
      // All is over, or whoever reads sees it too.
    }
  }

  #giveUp(): void {
    this.#tooLate = true;
    void this[Symbol.asyncDispose]();
  }
}

// MQTT 3.1.1, table 3.1
function refused(name: string, code: number): Error {
  const reasons = ["", "it does not speak MQTT 3.1.1", "it does not take our clientId", "it is not ready"];
  if (code === 4 || code === 5) {
    return failure("DENIED", `Cannot connect to ${name}: the broker refuses user or password`);
  }
  const known = reasons[code] ?? `code ${code}`;
  return failure(code === 3 ? "UNAVAILABLE" : "CONFIG", `Cannot connect to ${name}: the broker says ${known}`);
}

function explain(what: string, error: unknown): Error {
  const { message } = error as Error;
  const isDenied = error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
  return failure(isDenied ? "DENIED" : "UNAVAILABLE", `${what}: ${message}`, error);
}
