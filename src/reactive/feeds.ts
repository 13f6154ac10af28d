import type { Event } from "./event.ts";
import type { Target } from "./task.ts";

/** How a source is read. */
export interface FeedOptions {
  /**
   * Takes events as they come, also while others are at work: faster, but then what happens depends on when they came
   * (a transcript says when). Otherwise each event is taken when those before it are dealt with. For asynchronous
   * sources; others are always there. @default {false}
   */
  readonly eager?: boolean;
}

/** What a run says to those who have events from outside for it. */
export interface Taker {
  /** Whether nothing is on its way. */
  readonly isIdle: boolean;
  /** Whether there is room for more than what is submitted. */
  readonly hasRoom: boolean;
  /** How many things have happened: handlers started, their events put on their way. */
  readonly step: number;
  /** The phase it is in. */
  readonly phase: number;
}

/** Where a run gets events from outside. */
export interface Intake {
  /** Whether there is any now, or may be later in this phase. */
  hasSome(phase: number): boolean;
  /** Whether there may be more when nothing can be taken now. */
  readonly isWaiting: boolean;
  /** Whether there is one that has to be taken before anything else happens. */
  isDue(run: Taker): boolean;
  /** Gives what may be taken now, and returns how many events that were. */
  take(run: Taker, put: PutEvent): number;
  /** Gives up all there is, and returns how many events that were. */
  clear(): number;
}

/** Puts an event from outside on its way, to those who take it. */
export type PutEvent = (event: Event<object>, route: readonly Target[]) => void;

interface Feed {
  /** Gives what it has and may be taken now, and returns how many events that were. */
  take(run: Taker, put: (event: Event<object>) => void): number;
  readonly isEnded: boolean;
  end(): void;
}

/** Events from outside: submitted ones first, then those of the sources, in the order in which these were added. */
export class Feeds implements Intake {
  readonly #route: (event: Event<object>) => readonly Target[];
  readonly #poke: () => void;
  /** Submitted events, and beside each who gets it. */
  #submitted: Event<object>[] = [];
  #routes: (readonly Target[])[] = [];
  #feeds: Feed[] = [];

  /** `poke` is called when there is something new. */
  constructor(route: (event: Event<object>) => readonly Target[], poke: () => void) {
    this.#route = route;
    this.#poke = poke;
  }

  /** How many submitted events wait, those counted several times that several take. */
  pending = 0;

  hasSome(): boolean {
    return this.#submitted.length > 0 || this.#feeds.length > 0;
  }

  get isWaiting(): boolean {
    return this.#feeds.length > 0;
  }

  isDue(): boolean {
    return this.#submitted.length > 0;
  }

  /** Adds an event that these will get. */
  submit(event: Event<object>, route: readonly Target[]): void {
    this.pending += Math.max(1, route.length);
    this.#submitted.push(event);
    this.#routes.push(route);
    this.#poke();
  }

  /** Adds a source; resolves with how many events were taken when it is at its end. */
  add(source: Iterable<Event<object>> | AsyncIterable<Event<object>>, { eager = false }: FeedOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      const life = { resolve, reject, poke: this.#poke };
      this.#feeds.push(
        Symbol.asyncIterator in source
          ? new AsyncFeed(source[Symbol.asyncIterator](), eager, life)
          : new SyncFeed(source[Symbol.iterator](), life),
      );
      this.#poke();
    });
  }

  take(run: Taker, put: PutEvent): number {
    const submitted = this.#submitted;
    if (submitted.length > 0) {
      const routes = this.#routes;
      this.#empty();
      for (let i = 0; i < submitted.length; i++) put(submitted[i]!, routes[i]!);
    }
    let taken = submitted.length;
    let ended = false;
    for (const feed of this.#feeds) {
      taken += feed.take(run, (event) => put(event, this.#route(event)));
      ended ||= feed.isEnded;
    }
    if (ended) this.#feeds = this.#feeds.filter(({ isEnded }) => !isEnded);
    return taken;
  }

  clear(): number {
    const dropped = this.#submitted.length;
    this.#empty();
    for (const feed of this.#feeds) feed.end();
    this.#feeds = [];
    return dropped;
  }

  #empty(): void {
    this.#submitted = [];
    this.#routes = [];
    this.pending = 0;
  }
}

/** Whom to tell of a source. */
interface Life {
  resolve(taken: number): void;
  reject(error: unknown): void;
  poke(): void;
}

class SyncFeed implements Feed {
  readonly #iterator: Iterator<Event<object>>;
  readonly #life: Life;
  #taken = 0;
  isEnded = false;

  constructor(iterator: Iterator<Event<object>>, life: Life) {
    this.#iterator = iterator;
    this.#life = life;
  }

  take(run: Taker, put: (event: Event<object>) => void): number {
    let taken = 0;
    while (run.hasRoom && !this.isEnded) {
      let next: IteratorResult<Event<object>>;
      try {
        next = this.#iterator.next();
      } catch (error) {
        this.isEnded = true;
        this.#life.reject(error);
        throw error;
      }
      if (next.done) {
        this.isEnded = true;
        this.#life.resolve(this.#taken);
      } else {
        this.#taken++;
        taken++;
        put(next.value);
      }
    }
    return taken;
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#life.resolve(this.#taken);
    this.#iterator.return?.();
  }
}

class AsyncFeed implements Feed {
  readonly #iterator: AsyncIterator<Event<object>>;
  readonly #eager: boolean;
  readonly #life: Life;
  #next: Event<object> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isAsking = false;
  #isOver = false;
  #taken = 0;
  isEnded = false;

  constructor(iterator: AsyncIterator<Event<object>>, eager: boolean, life: Life) {
    this.#iterator = iterator;
    this.#eager = eager;
    this.#life = life;
  }

  take(run: Taker, put: (event: Event<object>) => void): number {
    if (!run.isIdle && !(this.#eager && run.hasRoom)) return 0;
    if (this.#next !== undefined) {
      const event = this.#next;
      this.#next = undefined;
      this.#taken++;
      put(event);
      if (this.#eager) this.#ask();
      return 1;
    }
    if (this.#isOver) {
      this.isEnded = true;
      if (this.#failure !== undefined) {
        this.#life.reject(this.#failure.error);
        throw this.#failure.error;
      }
      this.#life.resolve(this.#taken);
    } else this.#ask();
    return 0;
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#life.resolve(this.#taken);
    // Nobody waits for it: a source that hangs must not hold up the end of a run.
    if (!this.#isOver) Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#iterator.next().then(({ done, value }) => {
      if (done) this.#isOver = true;
      else this.#next = value;
    }, (error) => {
      this.#isOver = true;
      this.#failure = { error };
    }).then(() => {
      this.#isAsking = false;
      this.#life.poke();
    });
  }
}
