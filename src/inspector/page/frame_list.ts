/// <reference lib="dom" />
import { h } from "./dom.ts";
import * as format from "./format.ts";
import type { Shown } from "./frame_details.ts";
import { NewestRows } from "./newest_rows.ts";
import { valueLine } from "./value_tree.ts";

/** What tells a frame from all others of its channel. */
export function frameKey({ row }: Pick<Shown, "row">): string {
  return `${row.index}`;
}

/** Frames of one channel, the newest first. */
export function createFrameList(onChoose: (shown: Shown) => void): NewestRows<Shown> {
  return new NewestRows({
    label: "frames",
    className: "frames",
    columns: ["#", "time", "bytes", "value"],
    numbers: 3,
    key: frameKey,
    onChoose,
    cells: ({ row: { index, timeNs, size, value, problem } }) => [
      h("td", { class: "num dim", text: format.count(index) }),
      h("td", { class: "num", title: format.time(timeNs), text: format.time(timeNs, { date: false }) }),
      h("td", { class: "num", text: format.bytes(size) }),
      problem === undefined
        ? h("td", { class: "mono cut", text: valueLine(value) })
        : h("td", { class: "cut", "data-tone": "bad", text: problem }),
    ],
  });
}
