import type { Message } from "./messages.ts";
import { refuse, within } from "./refuse.ts";

/** Options of {@linkcode Credit}. */
export interface CreditOptions {
  /** Bytes that may be on their way to us. */
  readonly windowBytes: number;
  /** Most bytes to take. */
  readonly maxReceiveBytes: number;
  /** Most bytes to send. */
  readonly maxSendBytes: number;
}

/** How many bytes of events and blobs each side may send: no more than the other has asked for, and not above its own budget. */
export class Credit {
  readonly #options: CreditOptions;
  #granted = 0;
  #isLastGranted = false;
  #consumed = 0;
  #wanted = 0;
  #given = 0;
  #isLastGiven = false;
  #spent = 0;
  #isPaused = false;

  constructor(options: CreditOptions) {
    this.#options = options;
  }

  /** Bytes that the other may still send. */
  get open(): number {
    return this.#granted - this.#consumed;
  }

  /** Bytes that we may still send. */
  get room(): number {
    return this.#isPaused ? 0 : Math.min(this.#given, this.#options.maxSendBytes) - this.#spent;
  }

  /** Whether we take nothing more at all. */
  get takesNothing(): boolean {
    return this.#consumed >= this.#options.maxReceiveBytes;
  }

  /** Whether there will never be more room than there is now. */
  get isLast(): boolean {
    return !this.#isPaused && (this.#isLastGiven || this.#given >= this.#options.maxSendBytes);
  }

  /** What to ask for now; undefined when enough is asked for, unless that `isAnew`. */
  grant(isAnew = false): Message | undefined {
    const { windowBytes, maxReceiveBytes } = this.#options;
    const open = this.#granted - this.#consumed;
    if (!isAnew && (this.#isLastGranted || (open > windowBytes / 2 && open >= this.#wanted))) return undefined;
    const whole = this.#consumed + Math.max(windowBytes, this.#wanted);
    this.#granted = Math.max(this.#granted, Math.min(whole, maxReceiveBytes));
    this.#isLastGranted = this.#granted >= maxReceiveBytes;
    this.#wanted = 0;
    return { type: "want", bytes: this.#granted, isLast: this.#isLastGranted };
  }

  /** The other sent something. @throws {TinmanError} `PROTOCOL` when it may not. */
  consume(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed > this.#granted) within("a message", () => refuse("it is more than was asked for"));
  }

  /** The other asks for more. */
  got(bytes: number, isLast: boolean): void {
    within("a message", () => bytes < this.#given && refuse("it asks for less than before"));
    [this.#given, this.#isLastGiven, this.#isPaused] = [bytes, isLast, false];
  }

  /** The other asks for nothing until it asks again. */
  pause(): void {
    this.#isPaused = true;
  }

  /** The other needs so much at once. */
  need(bytes: number): void {
    this.#wanted = Math.min(bytes, MAX_WANTED);
  }

  /** We send something. */
  spend(bytes: number): void {
    this.#spent += bytes;
  }
}

/** Most bytes that a batch can have at all. */
export const MAX_WANTED = 8 * 1024 * 1024;
