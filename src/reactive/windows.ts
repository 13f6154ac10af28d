import { Aside } from "./aside.ts";
import { Resolve } from "./builder_events.ts";
import { Helper, type HelperOptions } from "./helper.ts";
import { type OpenWindow, OpenWindows } from "./open_windows.ts";
import type { EventContext } from "./processor.ts";
import { checkRoom } from "./too_many.ts";
import type { Span, WindowShape } from "./window_shape.ts";

/** What {@linkcode Windows} announces. */
export interface Window<T = unknown> extends Span {
  /** What `key` gave, where there is one. */
  readonly key?: unknown;
  /** In the order in which they came. */
  readonly items: readonly T[];
  /** How often it was announced before: it has all items of before, and more. */
  readonly revision: number;
  /** What it was announced as before, where that was another piece of time: sessions grow, and grow together. */
  readonly replaces?: readonly Span[];
}

/** Options of {@linkcode Windows}. */
export interface WindowsOptions<I extends readonly unknown[]> extends HelperOptions {
  /** `tumbling()`, `sliding()` or `session()`. */
  readonly shape: WindowShape;
  /** When the inputs happened, in milliseconds: since 1970, or since whatever. */
  readonly timeMs: (...inputs: I) => number;
  /** Windows of their own for each of what it gives. Objects and lists are compared by content. */
  readonly key?: ((...inputs: I) => unknown) | undefined;
  /** How much later than one that happened after it an input may come. The watermark is so far behind. @default {0} */
  readonly delayMs?: number | undefined;
  /** How long after its end a window still takes items, each of which announces it again. @default {0} */
  readonly latenessMs?: number | undefined;
  /** A target for items that come when their windows are closed. They are counted all the same. */
  readonly lateTo?: string | undefined;
  /**
   * What a phase does to windows that have not ended. `flush`: they are announced, and again when more comes. `hold`: they
   * wait for the watermark, until a phase in which nothing came. @default {"flush"}
   */
  readonly phases?: "flush" | "hold" | undefined;
  /** Windows that may be open. @default {65536} */
  readonly maxOpen?: number | undefined;
  /** Items that open windows may hold. @default {1000000} */
  readonly maxHeld?: number | undefined;
}

/**
 * Groups items by when they happened, and announces a {@linkcode Window} when the watermark says that no more of it is to
 * come: the latest time so far, less `delayMs`. Nothing depends on when items come, only on their times and their order.
 *
 * After Akidau et al., The Dataflow Model (2015): windows, watermarks, allowed lateness, and revisions that hold all.
 *
 * @example
 * ```ts
 * import { builder, Built, createEventPipeline, on, Resolve, tumbling, where, Windows } from "tinman/reactive";
 *
 * const beats = builder({ provides: "beat", build: () => [{ atMs: 10 }, { atMs: 900 }, { atMs: 1200 }] });
 * const seconds = new Windows({
 *   provides: "second",
 *   requires: ["beat"],
 *   shape: tumbling({ sizeMs: 1000 }),
 *   timeMs: (beat: { atMs: number }) => beat.atMs,
 * });
 * const print = on(where(Built, { target: "second" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([beats, seconds, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "second" }));
 * await pipeline.run(); // from 0 to 1000 with two items, then from 1000 to 2000 with one
 * ```
 */
export class Windows<I extends readonly unknown[] = readonly unknown[]> extends Helper {
  readonly #options: WindowsOptions<I>;
  #open: OpenWindows;
  #latestMs = -Infinity;
  #late = 0;
  #partlyLate = 0;
  /** Whether something came since the last phase. */
  #isFresh = false;

  /** Windows of what `requires` says. */
  constructor(options: WindowsOptions<I>) {
    super(options, { alsoProvides: options.lateTo === undefined ? [] : [options.lateTo] });
    for (const name of ["delayMs", "latenessMs"] as const) {
      const ms = options[name] ?? 0;
      if (!(ms >= 0)) throw new RangeError(`Cannot make windows with ${name} ${ms}: expected 0 or more`);
    }
    this.#options = options;
    this.#open = new OpenWindows(options.shape, options.latenessMs ?? 0);
  }

  /** No item from before this time is expected, in milliseconds. */
  get watermarkMs(): number {
    return this.#latestMs - (this.#options.delayMs ?? 0);
  }

  /** Items of this run that were in no window, because all of theirs were closed. */
  get late(): number {
    return this.#late;
  }

  /** Items of this run that were in some of their windows, because the others were closed. */
  get partlyLate(): number {
    return this.#partlyLate;
  }

  /** Windows that are open. */
  get open(): number {
    return this.#open.count;
  }

  /** Takes an item, and gives what has ended with it. */
  override build(_context: EventContext, ...inputs: unknown[]): readonly unknown[] {
    const { timeMs: timeOf, key, lateTo, maxOpen = 65_536, maxHeld = 1_000_000 } = this.#options;
    const values = inputs as unknown as I;
    const timeMs = timeOf(...values);
    if (typeof timeMs !== "number" || !Number.isFinite(timeMs)) {
      throw new TypeError(`Cannot build ${JSON.stringify(this.name)}: timeMs gave ${timeMs}, expected a finite number`);
    }
    checkRoom(this.#open.count, { max: maxOpen, builder: this.name, option: "maxOpen" });
    checkRoom(this.#open.items, { max: maxHeld, builder: this.name, option: "maxHeld" });
    const item = this.item(inputs);
    const { closed, of } = this.#open.add(item, { timeMs, key: key?.(...values), watermarkMs: this.watermarkMs });
    this.#isFresh = true;
    this.#latestMs = Math.max(this.#latestMs, timeMs);
    const ended = this.#announce(this.#open.takeEnded(this.watermarkMs));
    this.#open.close(this.watermarkMs);
    if (closed > 0 && closed < of) this.#partlyLate++;
    if (closed === 0 || closed < of) return ended;
    this.#late++;
    return lateTo === undefined ? ended : [...ended, new Aside(lateTo, item)];
  }

  /** Announces windows that have not ended, or lets them wait. */
  override phase(context: EventContext): readonly unknown[] {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    if (this.#options.phases !== "hold" || !isFresh) return this.#announce(this.#open.dirty());
    // So that there is another phase, also when nobody else has anything to do.
    if (this.#open.dirty().length > 0) context.submit(Resolve({ target: this.provides, from: this.name }));
    return [];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#open = new OpenWindows(this.#options.shape, this.#options.latenessMs ?? 0);
    this.#latestMs = -Infinity;
    this.#late = 0;
    this.#partlyLate = 0;
    this.#isFresh = false;
  }

  #announce(windows: readonly OpenWindow[]): readonly Window[] {
    return windows.map((window) => {
      const { key, items, span } = window;
      const replaces = window.announced.filter((known) => known.startMs !== span.startMs || known.endMs !== span.endMs);
      window.isDirty = false;
      window.announced = [span];
      return {
        ...this.#options.key ? { key } : {},
        ...span,
        items: items.map(({ item }) => item),
        revision: window.revision++,
        ...replaces.length > 0 ? { replaces } : {},
      };
    });
  }
}
