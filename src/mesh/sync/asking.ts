import type { Common } from "./common.ts";
import type { Credit } from "./credit.ts";
import type { Message } from "./messages.ts";
import type { PeerView } from "./peer_view.ts";
import { refuse, within } from "./refuse.ts";
import type { Taker, Turns } from "./turns.ts";

/** What {@linkcode Asking} needs of a contact. */
export interface AskingOptions {
  readonly turns: Turns;
  readonly view: PeerView;
  readonly common: Common;
  readonly credit: Credit;
  say(message: Message): void;
  /** Something is to be said though nothing came. */
  wake(): void;
}

/**
 * Asks the other for what is missing here, when it is its turn. Before that it is told what has come another way meanwhile,
 * so that it sends only the rest. (S17)
 */
export class Asking implements Taker {
  readonly #options: AskingOptions;
  /** Devices of which the other has something that has come another way. */
  readonly #news = new Set<string>();
  #newsMs = -Infinity;
  #state: "silent" | "asking" | "pausing" = "silent";
  #pauses = 0;
  #mayTell = false;
  /** Whether the other may have something that is not here. */
  #isOwed = true;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Whether the other has something for us that it is not asked for yet. */
  get isWaiting(): boolean {
    return this.#state === "silent";
  }

  /** When to look again though nothing came. */
  get nextMs(): number {
    const { turns } = this.#options;
    const isOurs = turns.isHolder(this);
    if (this.#state === "silent" && isOurs) return -Infinity;
    const newsMs = this.#news.size > 0 && this.#mayTell ? this.#newsMs + NEWS_MS : Infinity;
    return Math.min(newsMs, this.#state === "pausing" || !this.#isOwed ? Infinity : turns.nextMs(this));
  }

  wake(): void {
    this.#options.wake();
  }

  /** Something of a device has come another way; `isTheirs` if the other has, or may have, something of it. */
  note(device: string, isTheirs: boolean): void {
    if (isTheirs) this.#news.add(device);
  }

  /** The other says what it has. */
  owes(): void {
    this.#isOwed = true;
  }

  /** The other has nothing more for us. */
  settle(): void {
    this.#isOwed = false;
  }

  /** Something has come. */
  heard(nowMs: number): void {
    this.#options.turns.heard(this, nowMs);
  }

  /** All that is here is told now. */
  begin(): void {
    this.#news.clear();
  }

  /** Says what is to be said now. */
  advance(nowMs: number, { hasFrontier, mayTell }: AdvanceOptions): void {
    this.#mayTell = mayTell;
    const { turns, credit, view, common, say } = this.#options;
    const hasAll = hasFrontier && !view.isBehind && !common.hasUnknown;
    if (hasAll || credit.takesNothing) this.#isOwed = false;
    if (!this.#isOwed) turns.leave(this, nowMs);
    const turn = this.#isOwed ? turns.take(this, nowMs) : "go";
    if (turn !== "go" && this.#state === "asking") {
      this.#state = "pausing";
      this.#pauses++;
      say({ type: "pause", isAnswer: false });
    }
    // Who begins to send has to know; who waits sees that something happens.
    const isDue = nowMs >= this.#newsMs + NEWS_MS || (turn === "go" && this.#state !== "asking");
    if (isDue && this.#mayTell) this.#sayNews(nowMs);
    if (turn === "go") {
      const grant = credit.grant(this.#state !== "asking");
      this.#state = "asking";
      if (grant !== undefined) say(grant);
    }
  }

  /** The other asks us to send nothing more for now, or says that it does so. @throws {TinmanError} `PROTOCOL` */
  readPause(isAnswer: boolean, nowMs: number): void {
    const { turns, credit, say } = this.#options;
    if (!isAnswer) {
      credit.pause();
      return say({ type: "pause", isAnswer: true });
    }
    if (this.#pauses === 0) within("a pause", () => refuse("nobody asked for it"));
    this.#pauses--;
    if (this.#state !== "pausing" || this.#pauses > 0) return;
    this.#state = "silent";
    turns.leave(this, nowMs);
  }

  /** The contact is over. */
  close(nowMs: number): void {
    this.#options.turns.leave(this, nowMs);
  }

  #sayNews(nowMs: number): void {
    if (this.#news.size === 0) return;
    const frontier = this.#options.common.some(this.#news);
    this.#news.clear();
    this.#newsMs = nowMs;
    if (frontier.entries.length > 0) this.#options.say({ type: "heads", frontier });
  }
}

/** Options of {@linkcode Asking.advance}. */
export interface AdvanceOptions {
  /** Whether the other has said what it has. */
  readonly hasFrontier: boolean;
  /** Whether it was told what we have. */
  readonly mayTell: boolean;
}

const NEWS_MS = 10_000;
