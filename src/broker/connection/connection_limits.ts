import type { Clock } from "../../clock/mod.ts";
import { TinmanError } from "../../errors/mod.ts";

/** Options of {@linkcode ConnectionLimits}. */
export interface ConnectionLimitOptions {
  readonly clock: Clock;
  /** How long a client may ask for nothing. */
  readonly maxIdleMs: number;
  /** How long a request may take to come, and an answer to be taken. */
  readonly maxTransferMs: number;
  /** Bytes of requests that have begun to come, over all clients; and of answers that are on their way. */
  readonly maxMemoryBytes: number;
}

/** How long a request may take to come while others wait for its room, and an answer to be taken while the broker stops. */
const HURRY_MS = 5000;
/** What is left for an answer when those that nobody takes fill the memory. */
const LEAST_ANSWER = 2 ** 20;

/**
 * What clients may hold: connections by their silence, memory by requests that do not come to an end and by answers that
 * are not taken. A request waits for room with all of its length before it is read, so that those that have room come in.
 */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #turns = new Set<Turn>();
  readonly #waiting: { readonly turn: Turn; readonly bytes: number; readonly go: () => void }[] = [];
  #held = 0;
  #unsent = 0;

  /** Nobody is connected. */
  constructor(options: ConnectionLimitOptions) {
    this.#options = options;
  }

  /** Bytes of requests that have begun to come. */
  get held(): number {
    return this.#held;
  }

  /** Watches a client until it is closed. `giveUp` is called once, when it has broken a limit. */
  open(name: string, giveUp: (why: TinmanError) => void): Turn {
    const turn: Turn = new Turn(name, {
      giveUp,
      nowNs: () => this.#options.clock.elapsedNs(),
      take: (bytes) => this.#take(turn, bytes),
      giveBack: (bytes) => this.#giveBack(bytes),
      answerRoom: () => Math.max(LEAST_ANSWER, this.#options.maxMemoryBytes - this.#unsent),
      unsent: (bytes) => this.#unsent += bytes,
      close: () => this.#close(turn),
    });
    this.#turns.add(turn);
    return turn;
  }

  /** Ends who has broken a limit. To be called about each second, also while the broker stops. */
  check(isStopping = false): void {
    const { maxIdleMs, maxTransferMs } = this.#options;
    const hurryMs = Math.min(HURRY_MS, maxTransferMs);
    const request = this.#waiting.length > 0 ? hurryMs : maxTransferMs;
    const answer = isStopping ? hurryMs : maxTransferMs;
    for (const turn of this.#turns) turn.check({ idle: maxIdleMs, request, answer });
  }

  #take(turn: Turn, bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#held += bytes;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push({ turn, bytes, go }));
  }

  #giveBack(bytes: number): void {
    this.#held -= bytes;
    this.#letIn();
  }

  #letIn(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held += first.bytes;
      first.go();
    }
  }

  #close(turn: Turn): void {
    this.#turns.delete(turn);
    const at = this.#waiting.findIndex((each) => each.turn === turn);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#letIn();
  }

  /** One request fits always. */
  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#options.maxMemoryBytes;
  }
}

/** What a client is at; while we are at it, no limit on time is its own. */
type Doing = "idle" | "request" | "answer";

interface TurnOptions {
  readonly giveUp: (why: TinmanError) => void;
  readonly nowNs: () => number;
  readonly take: (bytes: number) => Promise<void> | undefined;
  readonly giveBack: (bytes: number) => void;
  readonly answerRoom: () => number;
  readonly unsent: (bytes: number) => void;
  readonly close: () => void;
}

/** Where one client is. */
export class Turn {
  readonly #name: string;
  readonly #options: TurnOptions;
  #doing: Doing | undefined;
  #sinceNs = 0;
  #held = 0;
  #unsent = 0;
  #isClosed = false;

  constructor(name: string, options: TurnOptions) {
    [this.#name, this.#options] = [name, options];
  }

  /** It may ask for something. What it asked before needs no memory any more. */
  idle(): void {
    this.#begin("idle");
    this.#letGo();
  }

  /** A request of this length has begun to come; resolves when there is room for the rest. */
  request(bytes: number): Promise<void> | undefined {
    const room = this.#options.take(bytes);
    if (room === undefined) {
      this.#held = bytes;
      this.#begin("request");
      return undefined;
    }
    this.#doing = undefined;
    return room.then(() => {
      if (this.#isClosed) return this.#options.giveBack(bytes);
      this.#held = bytes;
      this.#begin("request");
    });
  }

  /** We are at it. */
  serve(): void {
    this.#doing = undefined;
  }

  /** How long its answer may be. It is never nothing, so that who takes answers goes on. */
  get answerRoom(): number {
    return this.#options.answerRoom();
  }

  /** Its answer is made, and needs memory from now on. */
  holds(bytes: number): void {
    this.#options.unsent(bytes - this.#unsent);
    this.#unsent = bytes;
  }

  /** It is to take its answer. */
  answer(bytes: number): void {
    this.#letGo();
    this.#begin("answer");
    this.holds(bytes);
  }

  /** Ends it when it has taken longer than these milliseconds. */
  check(limits: Readonly<Record<Doing, number>>): void {
    if (this.#doing === undefined) return;
    const limitMs = limits[this.#doing];
    if (this.#options.nowNs() - this.#sinceNs < limitMs * 1e6) return;
    const why = `${WHAT[this.#doing]} within ${limitMs} ms`;
    this.#doing = undefined;
    this.#options.giveUp(new TinmanError("TIMEOUT", `Cannot go on with ${this.#name}: ${why}`, { timeoutMs: limitMs }));
  }

  /** It is gone. */
  close(): void {
    this.#isClosed = true;
    this.#doing = undefined;
    this.#options.close();
    this.#letGo();
  }

  #begin(doing: Doing): void {
    [this.#doing, this.#sinceNs] = [doing, this.#options.nowNs()];
  }

  #letGo(): void {
    this.#options.unsent(-this.#unsent);
    const held = this.#held;
    this.#held = this.#unsent = 0;
    if (held > 0) this.#options.giveBack(held);
  }
}

const WHAT: Readonly<Record<Doing, string>> = {
  idle: "it asked for nothing",
  request: "its request did not come",
  answer: "it did not take its answer",
};
