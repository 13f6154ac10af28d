/// <reference lib="dom" />
import type { RecordRow } from "../../broker_records.ts";
import { h } from "../dom.ts";
import * as format from "../format.ts";
import { NewestRows } from "../newest_rows.ts";
import { valueLine } from "../value_tree.ts";

/** What tells a record from all others of its topic. */
export function recordKey({ partition, offset }: Pick<RecordRow, "partition" | "offset">): string {
  return `${partition}:${offset}`;
}

/** Records of a topic, the newest first. */
export function createRecordTable(onChoose: (row: RecordRow) => void): NewestRows<RecordRow> {
  return new NewestRows({
    label: "records",
    className: "frames records",
    columns: ["partition", "offset", "time", "bytes", "key", "value"],
    numbers: 4,
    key: recordKey,
    onChoose,
    cells: ({ partition, offset, timestampMs, size, key, value, problem }) => {
      const timeNs = `${timestampMs}000000`;
      return [
        h("td", { class: "num dim", text: `${partition}` }),
        h("td", { class: "num", text: format.count(offset) }),
        h("td", { class: "num", title: format.time(timeNs), text: format.time(timeNs, { date: false }) }),
        h("td", { class: "num", text: format.bytes(size) }),
        h("td", { class: "mono cut", text: key === undefined ? format.UNKNOWN : valueLine(key, 80) }),
        problem !== undefined
          ? h("td", { class: "cut", "data-tone": "bad", text: problem })
          : value === undefined
          ? h("td", { class: "dim", text: "removed: this key is gone" })
          : h("td", { class: "mono cut", text: valueLine(value) }),
      ];
    },
  });
}
