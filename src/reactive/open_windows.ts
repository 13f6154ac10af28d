import { DueQueue } from "./due_queue.ts";
import { mapKey } from "./map_key.ts";
import type { Span, WindowShape } from "./window_shape.ts";

/** A window that may still get items. */
export interface OpenWindow {
  readonly key: unknown;
  span: Span;
  /** With the number of each among all items, so that merged windows keep the order in which they came. */
  items: { readonly number: number; readonly item: unknown }[];
  /** How often it was announced. */
  revision: number;
  /** The pieces of time as which it, and what was merged into it, were announced last. */
  announced: readonly Span[];
  /** Whether something came since it was announced. */
  isDirty: boolean;
  /** How many windows were opened before it. */
  readonly number: number;
  /** Whether it waits for its end. */
  isWaiting: boolean;
  isGone: boolean;
}

/** The windows of all keys that are open, and when each is due. */
export class OpenWindows {
  readonly #shape: WindowShape;
  readonly #byKey = new Map<unknown, OpenWindow[]>();
  /** Those that wait for their ends. */
  readonly #ends = new DueQueue<OpenWindow>(({ span }) => span.endMs);
  /** All, by the time at which they are closed. */
  readonly #closes: DueQueue<OpenWindow>;
  readonly #latenessMs: number;
  #numbers = 0;
  #items = 0;
  #count = 0;

  /** Windows of this shape, which are closed `latenessMs` after their end. */
  constructor(shape: WindowShape, latenessMs: number) {
    this.#shape = shape;
    this.#latenessMs = latenessMs;
    this.#closes = new DueQueue(({ span }) => span.endMs + latenessMs);
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** How many items they hold, those in several windows counted as often. */
  get items(): number {
    return this.#items;
  }

  /** Puts an item into its windows, but for those that the watermark has closed. Returns how many those are, and of how many. */
  add(item: unknown, { timeMs, key, watermarkMs }: { timeMs: number; key: unknown; watermarkMs: number }) {
    const spans = this.#shape.spansOf(timeMs);
    const known = mapKey(key);
    let closed = 0;
    for (const span of spans) {
      if (span.endMs + this.#latenessMs <= watermarkMs) closed++;
      else this.#put(item, { span, key, known });
    }
    return { closed, of: spans.length };
  }

  /** Those that end by now and have items to announce, in order of their ends. */
  takeEnded(watermarkMs: number): readonly OpenWindow[] {
    const ended = this.#ends.take(watermarkMs).filter(({ isGone }) => !isGone);
    for (const window of ended) window.isWaiting = false;
    return ended.filter(({ isDirty }) => isDirty).sort(byEnd);
  }

  /** All that have items to announce, in order of their ends. */
  dirty(): readonly OpenWindow[] {
    return [...this.#byKey.values()].flat().filter(({ isDirty }) => isDirty).sort(byEnd);
  }

  /** Lets go of windows that get no items any more. */
  close(watermarkMs: number): void {
    for (const window of this.#closes.take(watermarkMs)) if (!window.isGone) this.#remove(window);
  }

  #put(item: unknown, { span, key, known }: { span: Span; key: unknown; known: unknown }): void {
    const windows = this.#byKey.get(known) ?? [];
    this.#byKey.set(known, windows);
    const touched = windows.filter((window) => this.#isTouched(window.span, span));
    let window = touched[0];
    if (!window) {
      const number = this.#numbers++;
      const rest = { revision: 0, announced: [], isDirty: false, isWaiting: false, isGone: false };
      window = { key, span, items: [], number, ...rest };
      windows.push(window);
      this.#closes.add(window);
      this.#count++;
    } else if (this.#shape.merges) this.#merge(window, touched.slice(1), span);
    window.items.push({ number: this.#numbers++, item });
    this.#items++;
    window.isDirty = true;
    if (!window.isWaiting) this.#ends.add(window);
    window.isWaiting = true;
  }

  #isTouched(a: Span, b: Span): boolean {
    if (!this.#shape.merges) return a.startMs === b.startMs;
    return a.startMs < b.endMs && b.startMs < a.endMs;
  }

  /** Makes one window of several, and of the piece of time of a new item. */
  #merge(window: OpenWindow, others: readonly OpenWindow[], span: Span): void {
    const all = [window, ...others];
    const startMs = Math.min(span.startMs, ...all.map((each) => each.span.startMs));
    const endMs = Math.max(span.endMs, ...all.map((each) => each.span.endMs));
    if (others.length === 0 && startMs === window.span.startMs && endMs === window.span.endMs) return;
    window.announced = all.flatMap(({ announced }) => announced);
    window.revision = Math.max(...all.map(({ revision }) => revision));
    for (const other of others) {
      window.items = window.items.concat(other.items);
      this.#items += other.items.length;
      this.#remove(other);
    }
    if (others.length > 0) window.items.sort((a, b) => a.number - b.number);
    window.span = { startMs, endMs };
  }

  #remove(window: OpenWindow): void {
    window.isGone = true;
    this.#items -= window.items.length;
    this.#count--;
    const known = mapKey(window.key);
    const left = this.#byKey.get(known)!.filter((other) => other !== window);
    if (left.length > 0) this.#byKey.set(known, left);
    else this.#byKey.delete(known);
  }
}

function byEnd(a: OpenWindow, b: OpenWindow): number {
  return a.span.endMs - b.span.endMs || a.span.startMs - b.span.startMs || a.number - b.number;
}
