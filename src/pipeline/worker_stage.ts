import { decodeUtf8 } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { RingReader } from "../ring/mod.ts";
import { AHEAD, type StageAhead } from "./ahead.ts";
import type { StageConfig } from "./config.ts";
import { measureFrame } from "./frame_codec.ts";
import type { DataFrame } from "./frame.ts";
import { unguardFrame } from "./frame_pool_guard.ts";
import { inputsOf } from "./registry.ts";
import type { Stage, StageContext } from "./stage.ts";
import { LentChance } from "./worker_chance.ts";
import { decodeError } from "./worker_error.ts";
import { WorkerLink } from "./worker_link.ts";
import type { Workers } from "./worker_thread.ts";
import { type Ticket, Tickets } from "./worker_tickets.ts";
import { ThreadWatch } from "./worker_watch.ts";
import { type FrameReceiver, readBusyNs, readText, RECORD, wordsOf } from "./worker_wire.ts";

/** Frames that may be on their way to a stage and back. */
const WINDOW = 16;
/** The number of what is answered when the stage is made. */
const READY = 0;
/** How long a thread may take to begin, before its stage is made. */
const BEGIN_MS = 30_000;
/** How long a thread may take to end when it was told to. */
const END_MS = 1000;

/** Whoever waits for an answer. */
interface Waiting {
  readonly number: number;
  readonly what: string;
  settle(): void;
  fail(error: unknown): void;
}

/** A stage whose work is done in a thread of its own. */
export class WorkerStage implements Stage {
  /** Nanoseconds that the thread worked on the last frame. */
  busyNs = 0;
  readonly #config: StageConfig;
  readonly #context: StageContext & StageAhead;
  readonly #inputs: readonly string[];
  readonly #clock: Workers["clock"];
  readonly #link: WorkerLink;
  readonly #chance: LentChance;
  readonly #watch: ThreadWatch;
  readonly #tickets = new Tickets();
  #waiting: Waiting | undefined;
  /** Whether the thread leaves out what comes, because a frame failed. */
  #isHalted = false;
  /** Whether the thread is gone. */
  #isGone = false;
  /** Why. */
  #lost: unknown;

  /** Starts the thread. */
  constructor(config: StageConfig, context: StageContext & StageAhead, workers: Workers) {
    [this.#config, this.#context] = [config, context];
    const { id, type: { type, module }, restart } = config;
    this.#inputs = inputsOf(config.type);
    this.#clock = workers.clock;
    this.#watch = new ThreadWatch(workers.clock, () => this.#isLate());
    this.#chance = new LentChance(context.random);
    this.#chance.lend();
    const task = {
      ...{ id, type, module, config: config.config, inputs: this.#inputs, random: this.#chance.memory },
      haltsOnError: restart.strategy !== "never",
    };
    this.#link = new WorkerLink(workers, task, {
      record: (reader, receiver) => this.#read(reader, receiver),
      ended: (error) => this.#hasEnded(error),
    });
  }

  /** Whether the thread is gone, and nothing that it had done before is left. */
  get broken(): boolean {
    return this.#isGone && this.#tickets.ahead === 0;
  }

  /** Resolves when the stage is made. */
  ready(): Promise<void> {
    return this.#wait(READY, () => {}, "start");
  }

  process(frame: DataFrame, input: string): DataFrame[] | Promise<DataFrame[]> {
    const ticket = this.#claim(unguardFrame(frame), input);
    this.#sendAhead(input);
    this.#link.publish();
    return this.#answer(ticket, `frame ${frame.sequenceId}`);
  }

  end(): DataFrame[] | Promise<DataFrame[]> {
    const ticket = this.#send(undefined, (number) => this.#link.tryTell(RECORD.end, number));
    this.#link.publish();
    return this.#answer(ticket, "end");
  }

  async close(): Promise<void> {
    this.#watch.stop();
    if (this.#isGone) return;
    this.#isGone = true;
    this.#link.close();
    const takeBack = this.#clock.at(this.#clock.elapsedNs() + END_MS * 1e6, () => this.#leaveBehind());
    await this.#context.hold(this.#link.ended);
    takeBack();
    this.#chance.takeBack();
  }

  abandon(): void {
    this.#lose(new TinmanError("STOPPED", "The stage is left behind", {}));
  }

  /** The ticket of what was sent ahead, or of what is sent now. */
  #claim(frame: DataFrame, input: string): Ticket {
    const ticket = this.#tickets.claim(frame);
    if (ticket !== undefined) return ticket;
    const measured = measureFrame(frame);
    const place = this.#inputs.indexOf(input);
    return this.#send(frame, (number) => this.#link.trySend(measured, { number, input: place }));
  }

  #sendAhead(input: string): void {
    const peek = this.#context[AHEAD];
    if (peek === undefined || this.#isHalted || this.#link.isFull) return;
    const place = this.#inputs.indexOf(input);
    for (let i = this.#tickets.ahead; this.#tickets.unanswered < WINDOW; i++) {
      const frame = peek(i);
      if (frame === undefined) return;
      const head = { number: this.#tickets.next, input: place };
      // What cannot be sent is told so when it is its turn.
      if (!attempt(() => this.#link.trySend(measureFrame(frame), head))) return;
      this.#tickets.keep(this.#ticket(frame));
    }
  }

  #send(frame: DataFrame | undefined, write: (number: number) => boolean): Ticket {
    const ticket = this.#ticket(frame);
    this.#link.send(() => {
      if (this.#isHalted) {
        if (!this.#link.tryTell(RECORD.goOn, ticket.number)) return false;
        this.#chance.lend();
        this.#isHalted = false;
      }
      return write(ticket.number);
    });
    return ticket;
  }

  #ticket(frame: DataFrame | undefined): Ticket {
    if (this.#tickets.unanswered === 0) this.#watch.begin();
    return this.#tickets.add(frame);
  }

  #answer(ticket: Ticket, what: string): DataFrame[] | Promise<DataFrame[]> {
    this.#link.look();
    const answer = () => {
      this.busyNs = ticket.busyNs;
      if (ticket.state === "done") return ticket.given;
      throw ticket.error;
    };
    if (ticket.state !== "sent") return answer();
    return this.#context.hold(this.#wait(ticket.number, answer, what));
  }

  #wait<T>(number: number, answer: () => T, what: string): Promise<T> {
    if (this.#isGone || this.#lost !== undefined) return Promise.reject(this.#lost);
    const { timeout_ms: timeoutMs } = this.#config;
    this.#watch.wait(timeoutMs === 0 ? 0 : timeoutMs + (number === READY ? BEGIN_MS : 0));
    return new Promise((resolve, reject) => {
      const over = (settle: () => void) => {
        this.#waiting = undefined;
        this.#watch.done();
        try {
          settle();
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting = {
        ...{ number, what },
        settle: () => over(() => resolve(answer())),
        fail: (error) => over(() => reject(error)),
      };
      this.#link.look();
    });
  }

  #read(reader: RingReader, receiver: FrameReceiver): void {
    const number = wordsOf(reader)[reader.at >> 2]!;
    switch (reader.kind) {
      case RECORD.log:
        return this.#say(number, reader);
      case RECORD.frame:
        this.#tickets.first?.given.push(receiver.frame((samples) => this.#copy(samples)));
        return receiver.release();
      case RECORD.failed:
        if (number === READY) return this.#waiting?.fail(this.#lost = decodeError(readText(reader)));
        return this.#settle(number, (ticket) => {
          [ticket.state, ticket.error] = ["failed", decodeError(readText(reader))];
          if (this.#config.restart.strategy !== "never") this.#halt();
        });
      case RECORD.ready:
        return this.#waiting?.settle();
      case RECORD.dropped:
        return this.#settle(number, () => {});
      case RECORD.done:
        return this.#settle(number, (ticket) => [ticket.state, ticket.busyNs] = ["done", readBusyNs(reader)]);
    }
  }

  #settle(number: number, change: (ticket: Ticket) => void): void {
    const ticket = this.#tickets.answer(number);
    this.#watch.begin();
    change(ticket);
    if (this.#waiting?.number === number) this.#waiting.settle();
  }

  #copy(samples: Float64Array): Float64Array {
    const copy = this.#context.pool.take(samples.length);
    copy.set(samples);
    return copy;
  }

  /** The thread leaves out all that it was sent behind a frame that failed. */
  #halt(): void {
    this.#isHalted = true;
    this.#chance.takeBack();
    this.#tickets.halt();
  }

  #say(level: number, reader: RingReader): void {
    const { message, error } = JSON.parse(decodeUtf8(readText(reader))) as { message: string; error?: string };
    const { log } = this.#context;
    const say = ([log.debug, log.info, log.warn, log.error] as const)[level];
    say?.call(log, message, error);
  }

  #hasEnded(error: unknown): void {
    if (this.#isGone || this.#lost !== undefined) return;
    const why = error === undefined ? "it ended by itself" : error instanceof Error ? error.message : String(error);
    this.#lose(new Error(`its worker is gone: ${why}`, { cause: error }));
  }

  #isLate(): void {
    const { id, timeout_ms: timeoutMs } = this.#config;
    if (this.#isGone || this.#waiting === undefined) return;
    this.#context.log.warn(
      `the worker of stage "${id}" is left behind: what never returns goes on until the process ends`,
    );
    const message = `Stage "${id}" did not come to the end of ${this.#waiting.what} within ${timeoutMs} ms`;
    this.#lose(new TinmanError("TIMEOUT", message, { timeoutMs }));
  }

  /** From now on it cannot be called. */
  #lose(error: unknown): void {
    if (this.#isGone) return;
    [this.#isGone, this.#lost] = [true, error];
    this.#watch.stop();
    this.#chance.takeBack();
    this.#link.abandon();
    // What it was at failed; the rest is for the next one.
    const { first } = this.#tickets;
    if (first !== undefined) [first.state, first.error] = ["failed", error];
    else if (this.#waiting === undefined) {
      this.#context.log.warn(`the worker of stage "${this.#config.id}" is gone`, error);
    }
    this.#tickets.halt();
    this.#waiting?.fail(error);
  }

  #leaveBehind(): void {
    const { log, id } = this.#context;
    log.warn(`the worker of stage "${id}" did not end within ${END_MS} ms; it is left behind`);
    this.#link.abandon();
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
