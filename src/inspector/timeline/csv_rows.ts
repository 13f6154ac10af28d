import type { ObservedTimeline } from "../../telemetry/mod.ts";
import { exactAt, sampleRateOf, type Step } from "./field_path.ts";
import { eachSample } from "./field_series.ts";

/** A column of a table: the numbers at a path in a channel. */
export interface CsvColumn {
  readonly channel: string;
  readonly path: readonly Step[];
  readonly title: string;
}

interface Row {
  readonly timeNs: bigint;
  readonly cells: readonly (readonly [column: number, value: number | bigint])[];
}

/**
 * The lines of a table in the order of time, one for each frame: `time_ns,time,…`, cells without a value are empty. Titles are
 * quoted, so that no program takes one for a formula.
 */
export function* csvLines(
  timeline: ObservedTimeline,
  columns: readonly CsvColumn[],
  { fromNs, toNs, maxRows }: { readonly fromNs: bigint; readonly toNs: bigint; readonly maxRows: number },
): Iterable<string> {
  yield ["time_ns", "time", ...columns.map(({ title }) => quoted(title))].join(",") + "\n";
  const byChannel = Map.groupBy(columns.map((column, i) => ({ ...column, i })), ({ channel }) => channel);
  const sources = [...byChannel].map(([channel, columns]) =>
    rowsOf(timeline, channel, { columns, fromNs, toNs })[Symbol.iterator]()
  );
  const heads = sources.map((source) => source.next());
  for (let rows = 0; rows < maxRows; rows++) {
    let first = -1;
    let row: Row | undefined;
    heads.forEach(({ value }, i) => {
      if (value !== undefined && (row === undefined || value.timeNs < row.timeNs)) [first, row] = [i, value];
    });
    if (row === undefined) return;
    const { timeNs, cells } = row;
    const line: (string | number | bigint)[] = [`${timeNs}`, isoOf(timeNs), ...columns.map(() => "")];
    for (const [column, value] of cells) line[2 + column] = value;
    yield line.join(",") + "\n";
    heads[first] = sources[first]!.next();
  }
}

function* rowsOf(
  timeline: ObservedTimeline,
  channel: string,
  { columns, fromNs, toNs }: {
    readonly columns: readonly (CsvColumn & { readonly i: number })[];
    readonly fromNs: bigint;
    readonly toNs: bigint;
  },
): Generator<Row, undefined> {
  for (const run of timeline.runs(channel)) {
    if (run.lastNs < fromNs || run.firstNs >= toNs) continue;
    const frames = run.read();
    for (const [n, { timeNs, data }] of frames.entries()) {
      if (timeNs < fromNs || timeNs >= toNs) continue;
      const spanNs = Number((frames[n + 1]?.timeNs ?? timeNs) - timeNs);
      yield* frameRows(timeNs, valueOf(timeline, channel, data), { columns, spanNs });
    }
  }
  return undefined;
}

function* frameRows(
  timeNs: bigint,
  value: unknown,
  { columns, spanNs }: { readonly columns: readonly (CsvColumn & { readonly i: number })[]; readonly spanNs: number },
): Iterable<Row> {
  const cells: [number, number | bigint][] = [];
  const samples: { readonly after: number; readonly cell: [number, number | bigint] }[] = [];
  for (const { path, i } of columns) {
    const found = exactAt(value, path);
    if (typeof found === "number" || typeof found === "bigint") cells.push([i, found]);
    else if (found !== undefined) {
      const take = (after: number, sample: number | bigint) => void samples.push({ after, cell: [i, sample] });
      eachSample(found, take, { time: 0, spanNs, rate: sampleRateOf(value) });
    }
  }
  if (cells.length > 0) yield { timeNs, cells };
  const byTime = Map.groupBy(samples, ({ after }) => Math.round(after));
  for (const [after, group] of [...byTime].sort(([a], [b]) => a - b)) {
    yield { timeNs: timeNs + BigInt(after), cells: group.map(({ cell }) => cell) };
  }
}

function valueOf(timeline: ObservedTimeline, channel: string, data: Uint8Array): unknown {
  try {
    return timeline.decode(channel, data);
  } catch {
    return undefined;
  }
}

function isoOf(timeNs: bigint): string {
  const ms = Number(timeNs / 1_000_000n);
  if (Math.abs(ms) > 8.64e15) return "";
  return `${new Date(ms).toISOString().slice(0, -1)}${`${timeNs % 1_000_000n}`.padStart(6, "0")}Z`;
}

// A leading = + - @ is a formula to a spreadsheet.
function quoted(title: string): string {
  const harmless = /^[=+\-@\t\r]/.test(title) ? `'${title}` : title;
  return `"${harmless.replace(/"/g, '""').replace(/[\r\n]/g, " ")}"`;
}
