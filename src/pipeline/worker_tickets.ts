import type { DataFrame } from "./frame.ts";

/** Something that was sent to a worker, and what came back. */
export interface Ticket {
  readonly number: number;
  /** Undefined for the end of the input. */
  readonly frame: DataFrame | undefined;
  readonly given: DataFrame[];
  state: "sent" | "done" | "failed";
  error?: unknown;
  busyNs: number;
}

/**
 * What was sent to a worker, numbered from 1. Answers come in the order in which it was sent; some of it was sent ahead,
 * before anybody asked for it.
 */
export class Tickets {
  /** What was not answered, in this order. */
  readonly #sent: Ticket[] = [];
  /** What was not asked for, in this order; some of it may be answered. */
  #ahead: Ticket[] = [];
  #numbers = 0;

  /** The number of the next. */
  get next(): number {
    return this.#numbers + 1;
  }

  /** How many are not answered. */
  get unanswered(): number {
    return this.#sent.length;
  }

  /** How many nobody has asked for. */
  get ahead(): number {
    return this.#ahead.length;
  }

  /** The one that is answered next. */
  get first(): Ticket | undefined {
    return this.#sent[0];
  }

  /** For what is sent now. */
  add(frame: DataFrame | undefined): Ticket {
    const ticket: Ticket = { number: ++this.#numbers, frame, given: [], state: "sent", busyNs: 0 };
    this.#sent.push(ticket);
    return ticket;
  }

  /** Keeps one until {@linkcode Tickets.claim} asks for it. */
  keep(ticket: Ticket): void {
    this.#ahead.push(ticket);
  }

  /** Asks for what was sent ahead; undefined for what was not. */
  claim(frame: DataFrame): Ticket | undefined {
    // What was never asked for was given up without a call.
    while (this.#ahead.length > 0 && this.#ahead[0]!.frame !== frame) this.#ahead.shift();
    return this.#ahead.shift();
  }

  /** Takes out the one that is answered. @throws {RangeError} When that is not the first. */
  answer(number: number): Ticket {
    const [ticket] = this.#sent;
    if (ticket?.number !== number) throw new RangeError(`it answers ${number}, asked was ${ticket?.number}`);
    this.#sent.shift();
    return ticket;
  }

  /** Forgets what was sent ahead and has no answer: there will be none. */
  halt(): void {
    this.#ahead = this.#ahead.filter(({ state }) => state !== "sent");
  }
}
