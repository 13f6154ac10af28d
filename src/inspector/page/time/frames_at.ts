/// <reference lib="dom" />
import { DataTable } from "../data_table.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { valueLine } from "../value_tree.ts";
import type { FrameAt } from "./recording.ts";

/** The frames under the cursor, one of each channel, as a table. */
export class FramesAt {
  readonly element: HTMLElement;
  readonly #table: DataTable<FrameAt>;
  #atNs = 0n;

  constructor({ param, setParam }: View, onChoose: (channel: string) => void) {
    this.#table = new DataTable<FrameAt>({
      label: "frames under the cursor",
      key: ({ channel }) => channel,
      order: { get: () => param("sort"), set: (order) => setParam("sort", order) },
      onChoose: ({ channel }) => onChoose(channel),
      empty: "no channels",
      columns: [
        { title: "channel", text: ({ channel }) => channel },
        {
          title: "frame",
          isNumber: true,
          text: ({ index }) => format.count(index),
          sort: ({ index }) => index ?? -1,
        },
        {
          title: "before",
          isNumber: true,
          text: ({ timeNs }) => timeNs === undefined ? format.UNKNOWN : age(Number(this.#atNs - BigInt(timeNs))),
          sort: ({ timeNs }) => timeNs === undefined ? Infinity : Number(this.#atNs - BigInt(timeNs)),
        },
        { title: "bytes", isNumber: true, text: ({ size }) => format.bytes(size), sort: ({ size }) => size ?? -1 },
        {
          title: "value",
          text: ({ index, value, problem }) => problem ?? (index === undefined ? "nothing yet" : valueLine(value, 400)),
          tone: ({ problem }) => problem === undefined ? undefined : "warn",
        },
      ],
    });
    this.element = this.#table.element;
    this.element.classList.add("at");
  }

  /** Shows those at a time. */
  show(atNs: bigint, rows: readonly FrameAt[]): void {
    this.#atNs = atNs;
    this.#table.show(rows);
  }
}

/** How long ago: `0`, `850 ns`, `1.23 ms`, and on in the words of durations. */
export function age(ns: number): string {
  if (ns < 1000) return ns === 0 ? "0" : `${ns} ns`;
  if (ns < 999.5e3) return `${(ns / 1e3).toPrecision(3)} µs`;
  return ns < 999.5e6 ? `${(ns / 1e6).toPrecision(3)} ms` : format.duration(ns / 1e6);
}
