import { encodeUtf8 } from "../bytes/mod.ts";
import { BaseClock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { randomOn } from "../random/mod.ts";
import { RingReader, RingWriter } from "../ring/mod.ts";
import type { Diagnostics } from "../runtime/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { measureFrame } from "./frame_codec.ts";
import { checkResult, type Given, isPromise } from "./given.ts";
import type { Stage, StageContext, StageType } from "./stage.ts";
import { encodeError } from "./worker_error.ts";
import type { SlabMessage, StageTask } from "./worker_thread.ts";
import { FrameReceiver, FrameSender, RECORD, tryWriteText, tryWriteWords } from "./worker_wire.ts";

/** What {@linkcode serveStage} needs of the thread that it is in. */
export interface StageHost {
  /** Says to the other thread that there is something for it. */
  wake(): void;
  /** Hands a slab to the other thread. */
  post(message: SlabMessage): void;
  /** The next message that was posted to this thread. */
  receive(): Promise<SlabMessage>;
  /**
   * Waits for something to happen: calls `block` with a time in milliseconds, or hears of it in another way. Lets the event
   * loop of the thread turn now and then, so that it can be ended.
   */
  wait(block: (timeoutMs: number) => void): void | Promise<void>;
  /** Time for measurements. */
  elapsedNs(): number;
}

/** Finds the kind of stage that a task names. */
export type FindStage = (task: StageTask) => StageType | Promise<StageType>;

const LEVELS = ["debug", "info", "warn", "error"] as const;
/** Longest text of a message. */
const MAX_LOG = 4000;

/**
 * A stage in a thread of its own: takes frames from one ring and puts what follows from them into the other, until the
 * first is closed or nobody reads the second. What it throws goes to the other thread.
 */
export async function serveStage(task: StageTask, find: FindStage, host: StageHost): Promise<void> {
  const server = new StageServer(task, find, host);
  try {
    await server.run();
  } finally {
    await server.close();
  }
}

class StageServer {
  readonly #task: StageTask;
  readonly #find: FindStage;
  readonly #host: StageHost;
  readonly #reader: RingReader;
  readonly #writer: RingWriter;
  readonly #receiver: FrameReceiver;
  readonly #sender: FrameSender;
  readonly #pool = new BufferPool();
  readonly #ending = new AbortController();
  #type: StageType | undefined;
  #stage: Stage | undefined;
  /** Whether frames are left out, because one before them failed. */
  #halted = false;

  constructor(task: StageTask, find: FindStage, host: StageHost) {
    [this.#task, this.#find, this.#host] = [task, find, host];
    this.#reader = new RingReader(task.toWorker, { wake: () => host.wake() });
    this.#writer = new RingWriter(task.fromWorker, { wake: () => host.wake() });
    this.#receiver = new FrameReceiver(this.#reader);
    this.#sender = new FrameSender(this.#writer, (message) => host.post(message));
  }

  async run(): Promise<void> {
    try {
      this.#type = await this.#find(this.#task);
      this.#stage = await this.#type.create(this.#task.config, this.#context());
    } catch (error) {
      return await this.#fail(0, error);
    }
    await this.#write(() => tryWriteWords(this.#writer, RECORD.ready, [0]));
    this.#writer.publish();
    while (!this.#writer.isLeft) {
      if (this.#reader.next()) {
        const more = this.#serve();
        if (more !== undefined) await more;
      } else if (this.#reader.ended) return;
      else await this.#host.wait((timeoutMs) => this.#reader.block(timeoutMs));
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    try {
      await this.#stage?.close?.();
    } catch (error) {
      this.#say("warn", `stage "${this.#task.id}" failed while it was closed`, error);
    }
    this.#reader.close();
    this.#writer.close();
  }

  /** Does what the record at hand asks for. */
  #serve(): Promise<void> | undefined {
    const { number, input } = this.#receiver.head();
    switch (this.#reader.kind) {
      case RECORD.frame:
        if (this.#receiver.lacksSlab) return this.#fetchSlab().then(() => this.#serve());
        if (this.#halted) return this.#drop(number);
        return this.#answer(number, () => {
          // Who may look at it again gets samples of its own.
          const keeps = this.#type!.doneOnReturn !== true;
          const frame = this.#receiver.frame((samples) => keeps ? samples.slice() : samples);
          return this.#stage!.process(frame, this.#task.inputs[input] ?? "");
        }, () => this.#receiver.release());
      case RECORD.end:
        if (this.#halted) return this.#drop(number, false);
        return this.#answer(number, () => this.#stage!.end?.());
      case RECORD.goOn:
        this.#halted = false;
    }
    return undefined;
  }

  async #fetchSlab(): Promise<void> {
    while (this.#receiver.lacksSlab) this.#receiver.add(await this.#host.receive());
  }

  async #answer(number: number, call: () => unknown, letGo?: () => void): Promise<void> {
    const startNs = this.#host.elapsedNs();
    try {
      let result = call();
      if (isPromise(result)) result = await result;
      const given = checkResult(result as Given);
      const busyNs = this.#host.elapsedNs() - startNs;
      const sending = this.#send(number, given);
      if (sending !== undefined) await sending;
      letGo?.();
      const words = [number, given.length, ...new Uint32Array(Float64Array.of(busyNs).buffer)];
      if (!tryWriteWords(this.#writer, RECORD.done, words)) {
        await this.#write(() => tryWriteWords(this.#writer, RECORD.done, words));
      }
      this.#writer.publish();
    } catch (error) {
      letGo?.();
      this.#halted = this.#task.haltsOnError;
      await this.#fail(number, error);
    }
  }

  #send(number: number, given: Given): Promise<void> | undefined {
    // All of them before the first goes: what cannot be sent fails the frame as a whole, and they may share samples.
    const measured = given.map((frame) => measureFrame(this.#pool.share(frame, 1)));
    for (const [i, each] of measured.entries()) {
      if (this.#sender.trySend(each, { number, input: 0 }) === "sent") continue;
      return this.#sendRest(number, measured.slice(i)).then(() => this.#release(given));
    }
    this.#release(given);
    return undefined;
  }

  async #sendRest(number: number, measured: readonly ReturnType<typeof measureFrame>[]): Promise<void> {
    for (const each of measured) {
      for (let sent = this.#sender.trySend(each, { number, input: 0 }); sent !== "sent" && !this.#writer.isLeft;) {
        this.#writer.publish();
        const block = (timeoutMs: number) =>
          sent === "slot"
            ? this.#sender.blockForSlot(timeoutMs)
            : this.#writer.block(this.#writer.maxLength, timeoutMs);
        await this.#host.wait(block);
        sent = this.#sender.trySend(each, { number, input: 0 });
      }
    }
  }

  #release(given: Given): void {
    for (const frame of given) this.#pool.release(frame);
  }

  async #drop(number: number, isFrame = true): Promise<void> {
    if (isFrame) this.#receiver.release();
    await this.#write(() => tryWriteWords(this.#writer, RECORD.dropped, [number]));
    this.#writer.publish();
  }

  async #fail(number: number, error: unknown): Promise<void> {
    const text = encodeError(error);
    await this.#write(() => tryWriteText(this.#writer, RECORD.failed, { number, text }));
    this.#writer.publish();
  }

  async #write(attempt: () => boolean): Promise<void> {
    while (!attempt() && !this.#writer.isLeft) {
      this.#writer.publish();
      await this.#host.wait((timeoutMs) => this.#writer.block(this.#writer.maxLength, timeoutMs));
    }
  }

  /** A message has to go now, in the middle of a frame. Where there is no room for it, it is lost. */
  #say(level: typeof LEVELS[number], message: string, error?: unknown): void {
    const described = error === undefined ? undefined : String(error instanceof Error ? error.stack : error);
    const sent = JSON.stringify({ message: message.slice(0, MAX_LOG), error: described?.slice(0, MAX_LOG) });
    const text = encodeUtf8(sent.toWellFormed());
    tryWriteText(this.#writer, RECORD.log, { number: LEVELS.indexOf(level), text });
  }

  #context(): StageContext {
    const { id, inputs, random } = this.#task;
    const at = (level: typeof LEVELS[number]) => (message: string, error?: unknown) => this.#say(level, message, error);
    const log: Diagnostics = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    return {
      ...{ id, log, pool: this.#pool, inputs, signal: this.#ending.signal },
      clock: new NoClock(id),
      random: randomOn(new Uint32Array(random)),
      emit: () => Promise.reject(outOfReach(id, "give a frame besides those that process() returns")),
      hold: (work) => work,
    };
  }
}

/** In a thread of its own a stage has no time: what it gives is to follow from its frames alone. */
class NoClock extends BaseClock {
  readonly originNs = 0n;
  readonly #id: string;

  constructor(id: string) {
    super();
    this.#id = id;
  }

  elapsedNs(): never {
    throw outOfReach(this.#id, "look at the clock");
  }

  at(): never {
    throw outOfReach(this.#id, "set a timer");
  }
}

function outOfReach(id: string, what: string): TinmanError<"UNAVAILABLE"> {
  return new TinmanError("UNAVAILABLE", `Stage "${id}" cannot ${what} in a worker`, {
    what,
    hint: "take its placement away, or use the time in the frame: frame.timestampUs",
  });
}
