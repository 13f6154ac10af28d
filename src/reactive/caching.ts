import { contentHash } from "../cbor/mod.ts";
import { codeVersion } from "./code_version.ts";
import type { Event } from "./event.ts";
import { decodeKeptEvents, encodeKeptEvents } from "./kept_events.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import type { EventContext, Handler, Processor } from "./processor.ts";

/** Options of {@linkcode caching}. */
export interface CachingOptions {
  /**
   * Identifies the code of the processor, in place of its source and fields: who gives one changes it when what the
   * handlers do has changed. @default {the source of its handlers and classes, and its fields}
   */
  readonly version?: string | undefined;
  /**
   * What the handlers take from around them and their source does not show: settings, functions that they call. When one
   * of these changes, so has the code. @default {[]}
   */
  readonly uses?: readonly unknown[] | undefined;
  /** What tells events of one kind apart, of all that CBOR can hold. @default {all that they carry} */
  readonly key?: ((event: Event<object>) => unknown) | undefined;
}

/** Why a handler was called, or was not. */
export type CacheReason = "archive" | "no entry" | "code changed" | "entry damaged";

/** What became of one event. */
export interface CacheStep {
  /** The name of its kind. */
  readonly on: string;
  /** `archive`: what was kept was emitted. All else: the handler was called, and why. */
  readonly reason: CacheReason;
  /** How many events were emitted. */
  readonly emitted: number;
}

/** What a processor with a cache did in a run. */
export interface CacheReport {
  /** How often for which reason. */
  readonly reasons: Readonly<Partial<Record<CacheReason, number>>>;
  /** The first thousand events, in the order in which they were dealt with. */
  readonly steps: readonly CacheStep[];
}

/** A processor made by {@linkcode caching}. */
export interface CachingProcessor extends Processor {
  /** What it took from the archive in this run or the last one, what not, and why. */
  cacheReport(): CacheReport;
}

/**
 * The same processor, whose handlers are not called for an event that they have dealt with before, in this run or an
 * earlier one with the same archives: what they emitted then is emitted again, exactly. An event is the same when its
 * kind and all that it carries are, and the code of the processor is. Bytes that were damaged meanwhile count as not there. Nothing is kept of a handler that throws.
 *
 * Only for handlers that depend on the event alone: what they do besides emitting, such as counting, is not done again.
 * `Init`, `Phase` and `Poison` always reach them.
 *
 * @example
 * ```ts
 * import { caching, createEventPipeline, defineEvent, on } from "tinman/reactive";
 *
 * const Square = defineEvent<{ n: number }>("square");
 * let calls = 0;
 * const slow = caching({
 *   name: "slow",
 *   handlers: [on(Square, ({ n }) => void calls++)],
 * });
 * const pipeline = createEventPipeline([slow]);
 * for (const n of [2, 2, 3]) pipeline.submit(Square({ n }));
 * await pipeline.run();
 * console.log(calls); // 2
 * ```
 * @throws {TypeError} For a builder, which has `persist` for this, and for a function that hides its source.
 */
export function caching(processor: Processor, options: CachingOptions = {}): CachingProcessor {
  const { name, priority, concurrency, onError } = processor;
  if (processor.wiring !== undefined) {
    throw new TypeError(`Cannot cache ${JSON.stringify(name)}: a builder keeps what it builds with \`persist: true\``);
  }
  const { version, uses = [], key = ({ data }) => data } = options;
  const code = version === undefined ? codeVersion(processor, uses) : codeVersion("version", version);
  const counts = new Counts();
  const handlers = processor.handlers.map((handler) => withCache(handler, { code, key, counts }));
  return { name, handlers, priority, concurrency, onError, cacheReport: () => counts.report() };
}

/** Events that depend on the state of a run, not on what they carry. */
const NEVER_KEPT = new Set([Init, Phase, Poison].map(({ kindName }) => kindName));

interface Cache {
  readonly code: string;
  readonly key: (event: Event<object>) => unknown;
  readonly counts: Counts;
}

function withCache({ pattern, handle }: Handler, { code, key: keyOf, counts }: Cache): Handler {
  const call = handle as (bound: unknown, context: EventContext, event: Event<object>) => unknown;
  return {
    pattern,
    handle(bound: unknown, context: EventContext, event: Event<object>) {
      const { kindName: on, lineage } = event.kind;
      if (NEVER_KEPT.has(on)) {
        if (on === Init.kindName) counts.clear();
        return call(bound, context, event);
      }
      const { archive } = context;
      const key = contentHash({ kind: lineage, data: keyOf(event) });
      const bytes = archive.get(key);
      const kept = bytes && decodeKeptEvents(bytes);
      if (kept?.code === code) {
        for (const each of kept.events) context.submit(each);
        counts.add({ on, reason: "archive", emitted: kept.events.length });
        return;
      }
      const reason = bytes === undefined ? "no entry" : kept === undefined ? "entry damaged" : "code changed";
      const keep = () => {
        const events = context.submitted;
        // Who was told to stop may have done half of it.
        if (!context.signal.aborted) archive.set(key, encodeKeptEvents({ code, on, events }));
        counts.add({ on, reason, emitted: events.length });
      };
      const result = call(bound, context, event);
      return isPromise(result) ? result.then(keep) : keep();
    },
  };
}

const MAX_STEPS = 1000;

class Counts {
  #reasons: Partial<Record<CacheReason, number>> = {};
  #steps: CacheStep[] = [];

  add(step: CacheStep): void {
    this.#reasons[step.reason] = (this.#reasons[step.reason] ?? 0) + 1;
    if (this.#steps.length < MAX_STEPS) this.#steps.push(step);
  }

  clear(): void {
    this.#reasons = {};
    this.#steps = [];
  }

  report(): CacheReport {
    return { reasons: { ...this.#reasons }, steps: [...this.#steps] };
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
