/// <reference lib="dom" />
import type { View } from "../page.ts";
import { fetchLive, fetchStrips, Newest } from "../time/recording.ts";
import { TimeWindow } from "../time/time_window.ts";
import { append, fetchSeries, numbersOf, titleOf } from "./series.ts";
import type { Shown, ViewKind } from "./shown.ts";
import type { Spectrum } from "./spectrum_view.ts";

/** What a feed is given. */
export interface FeedOptions {
  readonly view: View;
  /** What is seen, at the moment it is asked. */
  readonly visible: () => readonly Shown[];
  readonly kind: ViewKind;
  /** Pixels from left to right. */
  readonly columns: () => number;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** Brings the numbers of what is shown. */
export interface Feed {
  /** What part of time is seen; undefined until that is known. */
  readonly window: TimeWindow | undefined;
  /** Nanoseconds since 1970 of a time. */
  timeNs(ns: number): bigint;
  /** Another part is looked at, or another time. */
  refresh(cursorNs: number | undefined): void;
  /** Brings nothing any more. */
  stop(): void;
}

/** Numbers as they come. */
export class LiveFeed implements Feed {
  readonly window = new TimeWindow(1);
  /** What comes is left out for now. */
  isPaused = false;
  readonly #options: FeedOptions;
  readonly #spanNs: number;
  readonly #stops: (() => void)[];
  #baseNs = 0n;
  #nowNs = 0;

  constructor(options: FeedOptions, spanS: number) {
    [this.#options, this.#spanNs] = [options, spanS * 1e9];
    this.#stops = options.visible().map((each) => this.#listen(each, spanS));
  }

  timeNs(ns: number): bigint {
    return this.#baseNs + BigInt(Math.round(ns));
  }

  refresh(): void {}

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #listen(each: Shown, spanS: number): () => void {
    const { view, kind, columns, onChange, onError } = this.#options;
    const { channel, path, path2 } = each;
    const isSpectrum = kind === "spectrum";
    const params = { channel, path, columns: columns(), spanS, ...(path2 !== undefined && { path2 }) };
    return view.listen(isSpectrum ? "spectrum" : "plot", params, {
      onMessage: ({ json, bytes }) => {
        if (this.isPaused) return;
        if (json.problem !== undefined) {
          each.spectrum = undefined;
          onChange();
          return onError(new Error(json.problem));
        }
        if (isSpectrum) each.spectrum = { ...json, title: titleOf(each), decibels: numbersOf(bytes) };
        else this.#append(each, json, numbersOf(bytes));
        onChange();
      },
      onError: (message) => onError(new Error(message)),
    });
  }

  #append(each: Shown, json: { baseNs: string; nowNs: string; problems: number }, points: Float64Array): void {
    this.#baseNs = BigInt(json.baseNs);
    this.#nowNs = Math.max(this.#nowNs, Number(BigInt(json.nowNs) - this.#baseNs));
    const fromNs = this.#nowNs - this.#spanNs;
    each.points = append(each.points, points, { fromNs, width: each.path2 === undefined ? 2 : 3 });
    [each.problems, each.done] = [json.problems, 1];
    [this.window.fromNs, this.window.toNs] = [fromNs, this.#nowNs];
  }
}

/** Numbers of a recording: read bit by bit, from coarse to fine, as far as the window needs. */
export class RecordedFeed implements Feed {
  window: TimeWindow | undefined;
  readonly #options: FeedOptions;
  readonly #reader: Newest<null>;
  #baseNs = 0n;
  #cursorNs = 0;
  #isStopped = false;

  constructor(options: FeedOptions, onOpen: (window: TimeWindow) => void) {
    this.#options = options;
    this.#reader = new Newest(() => this.#read(), options.onError);
    void this.#open(onOpen).catch(options.onError);
  }

  timeNs(ns: number): bigint {
    return this.#baseNs + BigInt(Math.round(ns));
  }

  refresh(cursorNs = 0): void {
    const isMoved = cursorNs !== this.#cursorNs;
    this.#cursorNs = cursorNs;
    if (this.#options.kind === "spectrum" || !isMoved) this.#reader.want(null);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #open(onOpen: (window: TimeWindow) => void): Promise<void> {
    const { lengthNs, baseNs } = await fetchStrips(this.#options.view, { columns: 1 });
    if (this.#isStopped) return;
    [this.window, this.#baseNs] = [new TimeWindow(lengthNs), baseNs];
    onOpen(this.window);
    this.#reader.want(null);
  }

  async #read(): Promise<void> {
    const { window } = this;
    const { view, visible, kind, onChange } = this.#options;
    if (window === undefined || this.#isStopped) return;
    const failed: unknown[] = [];
    for (const each of visible()) {
      if (kind === "spectrum") {
        // What is not there must not look like what was there before.
        each.spectrum = await this.#fetchSpectrum(each).catch((error) => void failed.push(error));
      } else {
        const { channel, path, path2 } = each;
        const found = await fetchSeries(view, { channel, path, ...(path2 !== undefined && { path2 }) }, {
          from: this.timeNs(Math.max(0, window.fromNs)),
          to: this.timeNs(window.toNs) + 1n,
          columns: kind === "map" ? 4000 : this.#options.columns(),
        }).catch((error) => void failed.push(error));
        if (this.#isStopped) return;
        // One that is not there does not keep the others from being shown.
        if (found === undefined) each.done = 1;
        else [each.points, each.done, each.problems] = [found.points, found.done, found.problems];
      }
      onChange();
    }
    if (kind !== "spectrum" && visible().some(({ done }) => done < 1)) this.#reader.want(null);
    if (failed.length > 0) throw failed[0];
  }

  async #fetchSpectrum({ channel, path }: Shown): Promise<Spectrum> {
    const query = { channel, path, columns: this.#options.columns(), timeNs: this.timeNs(this.#cursorNs) };
    const { json, bytes } = await fetchLive(this.#options.view, "spectrum", query);
    return { ...json as Spectrum, title: titleOf({ channel, path }), decibels: numbersOf(bytes) };
  }
}
