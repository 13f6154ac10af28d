import { TinmanError } from "../errors/mod.ts";
import { type Node, node } from "../runtime/mod.ts";
import { type Channel, DONE, type Out } from "../channel/mod.ts";
import { type PipelineSettings, TRIGGER } from "./config.ts";
import { createFrame, type DataFrame } from "./frame.ts";

/** Triggers that may wait for {@linkcode TriggerFeed}. */
const MAX_WAITING = 10_000;

/** The metadata of a trigger that is for one source alone. */
const FOR = "trigger_for";

/** A trigger for one source, or for all. */
export function triggerFor(source: string | undefined, frame: DataFrame): DataFrame {
  return source === undefined ? frame : { ...frame, metadata: { ...frame.metadata, [FOR]: source } };
}

/** Whether a trigger is for the source `id`. */
export function isFor(id: string, { metadata }: DataFrame): boolean {
  return metadata[FOR] === undefined || metadata[FOR] === id;
}

/**
 * A node that triggers by itself, for runs that nobody triggers: once, so many times, or every so many milliseconds until
 * the run ends.
 */
export function scheduledTriggers(trigger: Channel<DataFrame>, settings: PipelineSettings): Node {
  const { trigger_every_ms: everyMs, trigger_count: count = everyMs === undefined ? 1 : Infinity } = settings;
  return node({ out: { out: trigger }, name: TRIGGER }, async ({ out, clock }) => {
    const startNs = clock.elapsedNs();
    const send = (sequenceId: number) => {
      const timestampUs = sequenceId === 0 ? 0 : Math.round((clock.elapsedNs() - startNs) / 1000);
      return out.publish(createFrame({ sequenceId, timestampUs }));
    };
    let sent = 0;
    if (everyMs === undefined) {
      while (sent < count) {
        const wait = send(sent++);
        if (wait !== DONE) await wait;
      }
      return;
    }
    await send(sent++);
    if (sent >= count) return;
    for await (const _ of clock.every(everyMs)) {
      await send(sent++);
      if (sent >= count) return;
    }
  });
}

/** A trigger, or something to be done between two. */
type Waiting =
  & { resolve(): void; reject(reason: unknown): void }
  & (
    | { readonly frame: DataFrame; readonly work?: never }
    | { readonly frame?: never; readonly work: () => Promise<void> }
  );

/** Triggers that somebody asks for: they wait here until the sources have room, and while the pipeline pauses. */
export class TriggerFeed {
  readonly #waiting: Waiting[] = [];
  readonly #held: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #paused = false;
  #closed = false;

  /** Resolves when the sources have the frame. */
  push(frame: DataFrame): Promise<void> {
    if (this.#closed) return Promise.reject(ended());
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(
        new TinmanError("TOO_LARGE", `Cannot take another trigger: ${MAX_WAITING} wait already`, {
          limit: MAX_WAITING,
          actual: MAX_WAITING + 1,
          hint: "wait for what trigger() returns before the next",
        }),
      );
    }
    return this.#queue({ frame });
  }

  /** Does `work` between two triggers: behind those that wait, unless it is paused. Resolves when it is done. */
  between(work: () => Promise<void>): Promise<void> {
    return this.#closed ? Promise.reject(ended("change")) : this.#queue({ work });
  }

  /** Resolves when triggers go through; at once where they do. */
  passing(): Promise<void> | undefined {
    if (!this.#paused) return undefined;
    return new Promise((resolve) => this.#held.push(resolve));
  }

  /** From now on triggers wait. */
  pause(): void {
    this.#paused = true;
  }

  /** Lets go what waits. */
  resume(): void {
    this.#paused = false;
    for (const resolve of this.#held.splice(0)) resolve();
    this.#wakeUp();
  }

  /** Takes no more; what waits still goes out. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.resume();
  }

  /** Refuses what waits, and all that comes. */
  abort(reason: unknown): void {
    this.close();
    for (const each of this.#waiting.splice(0)) each.reject(reason);
  }

  /** Publishes trigger after trigger until it was closed, or until `signal` aborts. */
  async pump(out: Out<DataFrame>, signal: AbortSignal): Promise<void> {
    const wake = () => this.#wakeUp();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const next = this.#next();
        if (next !== undefined) {
          const done = next.work === undefined ? out.publish(next.frame) : next.work();
          await done.then(next.resolve, (reason) => {
            next.reject(reason);
            throw reason;
          });
        } else if (this.#closed) return;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.close();
      for (const { reject, work } of this.#waiting.splice(0)) reject(ended(work && "change"));
    }
  }

  #queue(what: Pick<Waiting, "frame"> | Pick<Waiting, "work">): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...what, resolve, reject } as Waiting);
      this.#wakeUp();
    });
  }

  #next(): Waiting | undefined {
    if (!this.#paused) return this.#waiting.shift();
    const at = this.#waiting.findIndex(({ work }) => work !== undefined);
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function ended(what: "trigger" | "change" = "trigger"): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", `Cannot ${what} the pipeline: it has ended`, {});
}
