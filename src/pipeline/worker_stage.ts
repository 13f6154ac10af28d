import { decodeUtf8 } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { randomState } from "../random/mod.ts";
import { createRing, RingReader, RingWriter } from "../ring/mod.ts";
import { SERVICES } from "../runtime/mod.ts";
import type { StageConfig } from "./config.ts";
import { measureFrame } from "./frame_codec.ts";
import type { DataFrame } from "./frame.ts";
import { unguardFrame } from "./frame_pool_guard.ts";
import { inputsOf } from "./registry.ts";
import type { Stage, StageContext } from "./stage.ts";
import { decodeError } from "./worker_error.ts";
import type { SlabMessage, StageTask, Workers, WorkerThread } from "./worker_thread.ts";
import { FrameReceiver, FrameSender, RECORD, RING_BYTES, tryWriteWords, wordsOf } from "./worker_wire.ts";

/** Frames that may be on their way to a stage and back. */
const WINDOW = 16;
/** How long a thread may take to begin, before its stage is made. */
const BEGIN_MS = 30_000;
/** How long a thread may take to end when it was told to. */
const END_MS = 1000;

/** What a stage in a worker is asked ahead of time, see {@linkcode StageAhead}. */
export const AHEAD: unique symbol = Symbol("ahead");

/** Frames that wait for a stage, the next is number 0. A stage that works elsewhere begins with them. */
export interface StageAhead {
  readonly [AHEAD]?: (index: number) => DataFrame | undefined;
}

/** Something that was sent, and what came back. */
interface Ticket {
  readonly number: number;
  /** Undefined for the end of the input. */
  readonly frame: DataFrame | undefined;
  readonly given: DataFrame[];
  state: "sent" | "done" | "failed";
  error?: unknown;
  busyNs: number;
}

/**
 * Starts a thread and makes the stage of `config` in it. What comes back behaves as the stage itself would: one frame at a
 * time, in order. Meanwhile the thread has the next ones already.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the run has no threads; what the stage threw when it was made.
 */
export async function openWorkerStage(config: StageConfig, context: StageContext & StageAhead): Promise<Stage> {
  const stage = new WorkerStage(config, context);
  try {
    await context.hold(stage.ready());
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

/**
 * The stage of `config` where its placement says: in a thread of its own if it says so. How long it takes is watched there,
 * by the time outside, and nothing in here keeps a frame.
 */
export function placed(config: StageConfig): StageConfig {
  if (config.placement !== "worker") return config;
  const type = {
    ...config.type,
    doneOnReturn: true,
    create: (_: unknown, context: StageContext) => openWorkerStage(config, context),
  };
  return { ...config, type, timeout_ms: 0 };
}

/** A stage whose work is done in a thread of its own. */
class WorkerStage implements Stage {
  /** Nanoseconds that the thread worked on the last frame. */
  busyNs = 0;
  readonly #config: StageConfig;
  readonly #context: StageContext & StageAhead;
  readonly #workers: Workers;
  readonly #thread: WorkerThread;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #sender: FrameSender;
  readonly #receiver: FrameReceiver;
  readonly #inputs: readonly string[];
  /** Where the state of chance is while the thread has it. */
  readonly #random: Uint32Array;
  #isLent = false;
  readonly #ended = Promise.withResolvers<void>();
  /** What was sent and not answered, in this order. */
  readonly #sent: Ticket[] = [];
  /** What was sent before it was asked for, in this order; whatever became of it. */
  #ahead: Ticket[] = [];
  #unsent: (() => boolean) | undefined;
  /** Whether the thread is gone. */
  #isGone = false;
  /** Whether the thread leaves out what comes, because a frame failed. */
  #halted = false;
  #isHeld = false;
  #numbers = 0;
  #waiting: { readonly number: number; readonly what: string; settle(): void; fail(error: unknown): void } | undefined;
  #lost: unknown;
  /** Since when the thread has worked on what it is at. */
  #sinceNs = 0;
  #takeBack: (() => void) | undefined;

  constructor(config: StageConfig, context: StageContext & StageAhead) {
    [this.#config, this.#context, this.#workers] = [config, context, workersOf(config, context)];
    const { id, type, config: values, restart } = config;
    this.#inputs = inputsOf(type);
    const random = new SharedArrayBuffer(16);
    this.#random = new Uint32Array(random);
    const task: StageTask = {
      id,
      type: type.type,
      module: type.module,
      config: values,
      inputs: this.#inputs,
      toWorker: createRing(RING_BYTES),
      fromWorker: createRing(RING_BYTES),
      random,
      haltsOnError: restart.strategy !== "never",
    };
    this.#lendChance();
    this.#sinceNs = this.#workers.clock.elapsedNs();
    this.#thread = this.#workers.open(task, {
      woken: () => this.#look(),
      message: (message) => this.#take(message),
      ended: (error) => this.#hasEnded(error),
    });
    this.#writer = new RingWriter(task.toWorker, { wake: () => this.#thread.wake?.() });
    this.#reader = new RingReader(task.fromWorker, { wake: () => this.#thread.wake?.() });
    this.#sender = new FrameSender(this.#writer, (message) => this.#thread.post(message));
    this.#receiver = new FrameReceiver(this.#reader);
  }

  /** Whether the thread is gone, and nothing that it had done before is left. */
  get broken(): boolean {
    return this.#isGone && this.#ahead.length === 0;
  }

  /** Resolves when the stage is made. */
  ready(): Promise<void> {
    return this.#wait(0, () => {}, "start");
  }

  process(frame: DataFrame, input: string): DataFrame[] | Promise<DataFrame[]> {
    const ticket = this.#claim(unguardFrame(frame), input);
    this.#sendAhead(input);
    this.#writer.publish();
    return this.#answer(ticket, `frame ${frame.sequenceId}`);
  }

  end(): DataFrame[] | Promise<DataFrame[]> {
    const number = ++this.#numbers;
    const ticket = this.#send(undefined, number, () => tryWriteWords(this.#writer, RECORD.end, [number]));
    this.#writer.publish();
    return this.#answer(ticket, "end");
  }

  async close(): Promise<void> {
    const { clock } = this.#workers;
    this.#reader.close();
    this.#writer.close();
    this.#thread.wake?.();
    if (this.#isGone) return;
    this.#isGone = true;
    this.#takeChanceBack();
    const takeBack = clock.at(clock.elapsedNs() + END_MS * 1e6, () => this.#leaveBehind());
    await this.#context.hold(this.#ended.promise);
    takeBack();
    this.#takeBack?.();
  }

  abandon(): void {
    this.#lose(new TinmanError("STOPPED", "The stage is left behind", {}));
  }

  /** The ticket of what was sent ahead, or of what is sent now. */
  #claim(frame: DataFrame, input: string): Ticket {
    // What was never asked for was given up without a call.
    while (this.#ahead.length > 0 && this.#ahead[0]!.frame !== frame) this.#ahead.shift();
    const ticket = this.#ahead.shift();
    if (ticket !== undefined) return ticket;
    const measured = measureFrame(frame);
    const number = ++this.#numbers;
    const head = { number, input: this.#inputs.indexOf(input) };
    return this.#send(frame, number, () => this.#trySend(measured, head));
  }

  #sendAhead(input: string): void {
    const peek = this.#context[AHEAD];
    if (peek === undefined || this.#halted || this.#unsent !== undefined) return;
    for (let i = this.#ahead.length; this.#sent.length < WINDOW; i++) {
      const frame = peek(i);
      if (frame === undefined) return;
      const number = this.#numbers + 1;
      const head = { number, input: this.#inputs.indexOf(input) };
      // Who cannot be sent is told so when it is its turn.
      if (attempt(() => this.#sender.trySend(measureFrame(frame), head)) !== "sent") return;
      this.#numbers++;
      const ticket: Ticket = { number, frame, given: [], state: "sent", busyNs: 0 };
      this.#push(ticket);
      this.#ahead.push(ticket);
    }
  }

  #send(frame: DataFrame | undefined, number: number, write: () => boolean): Ticket {
    const ticket: Ticket = { number, frame, given: [], state: "sent", busyNs: 0 };
    const writeAll = () => {
      if (this.#halted && !tryWriteWords(this.#writer, RECORD.goOn, [number])) return false;
      if (this.#halted) this.#lendChance();
      this.#halted = false;
      return write();
    };
    this.#push(ticket);
    if (this.#isGone || writeAll()) return ticket;
    this.#unsent = writeAll;
    if (!this.#writer.sleep(this.#writer.maxLength)) this.#look();
    return ticket;
  }

  #push(ticket: Ticket): void {
    if (this.#sent.length === 0) this.#sinceNs = this.#workers.clock.elapsedNs();
    this.#sent.push(ticket);
  }

  #trySend(
    measured: ReturnType<typeof measureFrame>,
    head: { readonly number: number; readonly input: number },
  ): boolean {
    return this.#sender.trySend(measured, head) === "sent";
  }

  #answer(ticket: Ticket, what: string): DataFrame[] | Promise<DataFrame[]> {
    this.#look();
    const answer = () => {
      this.busyNs = ticket.busyNs;
      if (ticket.state === "done") return ticket.given;
      throw ticket.error;
    };
    if (ticket.state !== "sent") return answer();
    if (this.#isGone) throw this.#lost;
    return this.#context.hold(this.#wait(ticket.number, answer, what));
  }

  #wait<T>(number: number, answer: () => T, what: string): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#watch();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting = undefined;
        try {
          resolve(answer());
        } catch (error) {
          reject(error);
        }
      };
      const fail = (error: unknown) => {
        this.#waiting = undefined;
        reject(error);
      };
      this.#waiting = { number, what, settle, fail };
      this.#look();
    });
  }

  /** Takes in what has come. */
  #look(): void {
    try {
      do {
        while (!this.#isGone && (this.#isHeld || this.#reader.next())) {
          this.#isHeld = this.#receiver.lacksSlab;
          if (this.#isHeld) return;
          this.#read();
        }
        if (this.#unsent?.() === true) {
          this.#unsent = undefined;
          this.#writer.publish();
        }
      } while (!this.#isGone && !this.#reader.sleep() && !this.#reader.ended);
    } catch (error) {
      this.#lose(error);
    }
  }

  #read(): void {
    const { kind, at, length, bytes } = this.#reader;
    const words = wordsOf(this.#reader);
    const number = words[at >> 2]!;
    if (kind === RECORD.log) return this.#say(number, bytes.slice(at + 4, at + length));
    const ticket = this.#sent[0];
    if (kind === RECORD.frame) {
      ticket?.given.push(this.#receiver.frame((samples) => {
        const copy = this.#context.pool.take(samples.length);
        copy.set(samples);
        return copy;
      }));
      return this.#receiver.release();
    }
    if (number === 0) {
      this.#takeBack?.();
      this.#takeBack = undefined;
      if (kind === RECORD.failed) this.#lost = decodeError(bytes.slice(at + 4, at + length));
      if (kind === RECORD.failed) this.#waiting?.fail(this.#lost);
      else this.#waiting?.settle();
      return;
    }
    if (ticket?.number !== number) throw new RangeError(`it answers ${number}, asked was ${ticket?.number}`);
    this.#sent.shift();
    this.#sinceNs = this.#workers.clock.elapsedNs();
    if (kind === RECORD.done) {
      ticket.state = "done";
      ticket.busyNs = new Float64Array(Uint32Array.of(words[(at >> 2) + 2]!, words[(at >> 2) + 3]!).buffer)[0]!;
    } else if (kind === RECORD.failed) {
      ticket.state = "failed";
      ticket.error = decodeError(bytes.slice(at + 4, at + length));
      if (this.#config.restart.strategy !== "never") this.#halt();
    }
    if (this.#waiting?.number === number) this.#waiting.settle();
  }

  /** The thread leaves out all that it was sent behind a frame that failed. */
  #halt(): void {
    this.#halted = true;
    this.#takeChanceBack();
    this.#ahead = this.#ahead.filter(({ state }) => state !== "sent");
  }

  #say(level: number, bytes: Uint8Array): void {
    const { message, error } = JSON.parse(decodeUtf8(bytes)) as { message: string; error?: string };
    const { log } = this.#context;
    const say = ([log.debug, log.info, log.warn, log.error] as const)[level];
    say?.call(log, message, error);
  }

  #take(message: SlabMessage): void {
    this.#receiver.add(message);
    this.#look();
  }

  #hasEnded(error?: unknown): void {
    this.#ended.resolve();
    if (this.#isGone) return;
    this.#look();
    if (this.#isGone || this.#lost !== undefined) return;
    const why = error === undefined ? "it ended by itself" : error instanceof Error ? error.message : String(error);
    this.#lose(new Error(`its worker is gone: ${why}`, { cause: error }));
  }

  /** From now on it cannot be called. */
  #lose(error: unknown): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#lost = error;
    this.#takeBack?.();
    this.#takeChanceBack();
    this.#reader.close();
    this.#writer.close();
    this.#thread.abandon();
    this.#ended.resolve();
    // What it was at failed; the rest is for the next one.
    const [first] = this.#sent;
    if (first !== undefined) [first.state, first.error] = ["failed", error];
    else if (this.#waiting === undefined) {
      this.#context.log.warn(`the worker of stage "${this.#config.id}" is gone`, error);
    }
    this.#ahead = this.#ahead.filter(({ state }) => state !== "sent");
    this.#waiting?.fail(error);
  }

  #leaveBehind(): void {
    const { log, id } = this.#context;
    log.warn(`the worker of stage "${id}" did not end within ${END_MS} ms; it is left behind`);
    this.#thread.abandon();
    this.#ended.resolve();
  }

  /** Has somebody look at the time while something is waited for. */
  #watch(): void {
    const { timeout_ms: timeoutMs, id } = this.#config;
    const { clock } = this.#workers;
    if (timeoutMs === 0 || this.#takeBack !== undefined) return;
    const look = () => {
      this.#takeBack = undefined;
      if (this.#waiting === undefined || this.#isGone) return;
      const dueNs = this.#dueNs();
      if (clock.elapsedNs() < dueNs) this.#takeBack = clock.at(dueNs, look);
      else {
        this.#context.log.warn(
          `the worker of stage "${id}" is left behind: what never returns goes on until the process ends`,
        );
        const message = `Stage "${id}" did not come to the end of ${this.#waiting.what} within ${timeoutMs} ms`;
        this.#lose(new TinmanError("TIMEOUT", message, { timeoutMs }));
      }
    };
    this.#takeBack = clock.at(this.#dueNs(), look);
  }

  #dueNs(): number {
    const isMade = this.#waiting?.number !== 0;
    return this.#sinceNs + Math.round((this.#config.timeout_ms + (isMade ? 0 : BEGIN_MS)) * 1e6);
  }

  #lendChance(): void {
    const state = randomState(this.#context.random);
    if (state !== undefined) this.#random.set(state);
    this.#isLent = true;
  }

  #takeChanceBack(): void {
    // Whoever has it may have drawn since.
    if (this.#isLent) randomState(this.#context.random)?.set(this.#random);
    this.#isLent = false;
  }
}

function workersOf({ id }: StageConfig, { [SERVICES]: services }: StageContext): Workers {
  const workers = services?.workers as Workers | undefined;
  if (typeof workers?.open === "function") return workers;
  throw new TinmanError("UNAVAILABLE", `Cannot start stage "${id}" in a worker: this run has no workers`, {
    what: "workers",
    hint: "give its environment services: { workers }, as createEnvironment() does, or take the placement away",
  });
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
