/// <reference lib="dom" />
import type { View } from "../page.ts";
import { fetchStrips, Newest, type Strips } from "./recording.ts";
import { readSeconds, TimeWindow } from "./time_window.ts";

/** How often strips that were spread evenly are asked for again, until they are exact. */
const REFINES = 12;
const GROWING_MS = 2000;
const WHOLE = { columns: 1000 };

/** What part of a recording is looked at, and the strips of it: those of all, and those of the part. */
export class Parts {
  readonly #view: View;
  readonly #options: { readonly width: () => number; readonly onChange: () => void };
  readonly #newest: Newest<number>;
  #whole: Strips | undefined;
  #shown: Strips | undefined;
  #window: TimeWindow | undefined;
  #grownMs = 0;

  constructor(view: View, options: {
    /** Pixels from left to right. */
    readonly width: () => number;
    readonly onChange: () => void;
    readonly onError: (error: unknown) => void;
  }) {
    [this.#view, this.#options] = [view, options];
    this.#newest = new Newest((left) => this.#fetch(left), options.onError);
  }

  /** All of it; undefined until it was loaded. */
  get whole(): Strips | undefined {
    return this.#whole;
  }

  /** The part that is shown, and a little around it. */
  get shown(): Strips | undefined {
    return this.#shown;
  }

  /** What is looked at. Whoever changes it says `refresh()`. */
  get window(): TimeWindow | undefined {
    return this.#window;
  }

  /** Loads all of it, and looks where the address says. */
  async load(): Promise<Strips> {
    const { param } = this.#view;
    const whole = await fetchStrips(this.#view, WHOLE);
    const window = new TimeWindow(whole.lengthNs);
    [this.#whole, this.#shown, this.#window] = [whole, whole, window];
    const [from, to] = [readSeconds(param("from")), readSeconds(param("to"))];
    if (from !== undefined && to !== undefined && to > from) window.show(from, to);
    this.refresh();
    return whole;
  }

  /** The window is another one. */
  refresh(): void {
    if (this.#window !== undefined) this.#newest.want(REFINES);
  }

  /** A recording that grows is asked for again from time to time. */
  grow(): void {
    if (this.#whole === undefined || performance.now() - this.#grownMs < GROWING_MS) return;
    this.#grownMs = performance.now();
    void fetchStrips(this.#view, WHOLE).then((whole) => {
      const old = this.#window!;
      const window = new TimeWindow(whole.lengthNs);
      if (!old.isAll) window.show(old.fromNs, old.toNs);
      [this.#whole, this.#window] = [whole, window];
      if (old.isAll) this.#shown = whole;
      this.#options.onChange();
    }).catch(() => {});
  }

  async #fetch(left: number): Promise<void> {
    const [{ baseNs, lengthNs }, window] = [this.#whole!, this.#window!];
    // A little more than is shown, so that there is something when it is moved.
    const span = window.toNs - window.fromNs;
    const from = Math.max(0, window.fromNs - span * 0.25);
    const to = Math.min(lengthNs + 1, window.toNs + span * 0.25);
    const part = await fetchStrips(this.#view, {
      from: baseNs + BigInt(Math.floor(from)),
      to: baseNs + BigInt(Math.ceil(to) + 1),
      columns: Math.min(4000, Math.max(200, Math.round(this.#options.width() * (to - from) / span))),
    });
    if (this.#view.signal.aborted) return;
    this.#shown = part;
    if (this.#window!.isAll) this.#whole = part;
    this.#options.onChange();
    if (left > 0 && part.channels.some(({ wanted }) => wanted > 0)) this.#newest.want(left - 1);
  }
}
