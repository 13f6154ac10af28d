/// <reference lib="dom" />
import { DataTable } from "../data_table.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";

/** A place where they differ. */
export interface Difference {
  readonly kind: "changed" | "missing" | "extra";
  readonly a: number;
  readonly b: number;
  readonly frames: number;
  readonly timeNs: string;
  /** With a replay: the values themselves. */
  readonly recorded?: unknown;
  readonly replayed?: unknown;
}

/** How one channel compares. */
export interface Row {
  readonly name: string;
  readonly countA?: number;
  readonly countB?: number;
  readonly equal?: number;
  readonly changed?: number;
  readonly missing?: number;
  readonly extra?: number;
  readonly done: number;
  readonly problem?: string;
  readonly differences: readonly Difference[];
  /** Why there is nothing to compare. */
  readonly only?: string;
}

/** Channels, and what is known of each. */
export function createTable({ param, setParam }: View, onChoose: (channel: string) => void): DataTable<Row> {
  const column = (title: string, of: (row: Row) => number | undefined, tone?: string) => ({
    ...{ title, isNumber: true, text: (row: Row) => format.count(of(row)), sort: (row: Row) => of(row) ?? -1 },
    ...(tone !== undefined && { tone: (row: Row) => (of(row) ?? 0) > 0 ? tone : undefined }),
  });
  return new DataTable<Row>({
    label: "channels that are compared",
    key: ({ name }) => name,
    order: { get: () => param("sort"), set: (order) => setParam("sort", order) },
    onChoose: ({ name }) => onChoose(name),
    columns: [
      { title: "channel", text: ({ name }) => name },
      column("equal", ({ equal }) => equal),
      column("changed", ({ changed }) => changed, "bad"),
      column("missing", ({ missing }) => missing, "warn"),
      column("extra", ({ extra }) => extra, "warn"),
      {
        title: "verdict",
        text: ({ only, problem, done, differences }) =>
          only ?? problem ??
            (differences.length > 0 ? "differs" : done < 1 ? "equal so far" : "equal"),
        hint: ({ differences }) => differences.length > 0 ? what(differences[0]!) : undefined,
        tone: ({ only, problem, differences }) =>
          differences.length > 0 || problem !== undefined ? "bad" : only !== undefined ? "warn" : "good",
      },
    ],
  });
}

/** A difference in words. */
export function what({ kind, a, b, frames }: Difference): string {
  const at = format.count(kind === "extra" ? b : a);
  const many = frames === 1 ? `frame ${at}` : `${format.count(frames)} frames from ${at}`;
  return kind === "changed" ? `${many} changed` : kind === "missing" ? `${many} missing` : `${many} extra`;
}

/** All of them in a few words: nothing is good that was not compared. */
export function summaryOf(
  rows: readonly Pick<Row, "only" | "problem" | "differences">[],
  isDone: boolean,
): { readonly text: string; readonly tone: "good" | "warn" | "bad" } {
  const channels = (count: number) => `${format.count(count)} ${count === 1 ? "channel" : "channels"}`;
  const common = rows.filter(({ only }) => only === undefined);
  const differing = common.filter(({ differences }) => differences.length > 0).length;
  const unread = common.filter(({ differences, problem }) => differences.length === 0 && problem !== undefined).length;
  if (common.length === 0) return { text: isDone ? "no channel is in both" : "", tone: "warn" };
  const equal = `${channels(common.length - unread)} ${common.length - unread === 1 ? "is" : "are"} equal`;
  const parts = [
    ...differing > 0 ? [`${format.count(differing)} of ${format.count(common.length)} channels differ`] : [],
    ...unread > 0 ? [`${channels(unread)} cannot be compared`] : [],
    ...differing > 0 || unread === common.length ? [] : [`${equal}${isDone ? "" : " so far"}`],
  ];
  return { text: parts.join(" · "), tone: differing + unread > 0 ? "bad" : "good" };
}
