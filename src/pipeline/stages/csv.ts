import type { Files } from "../../files/mod.ts";
import type { DataFrame } from "../frame.ts";
import { defineStage, type FramePool, type Stage, type StageType } from "../stage.ts";
import { needSampleRate } from "./_channels.ts";
import { FileWriter, linesOf, pathParameter, replaceParameter } from "./_files.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";

/** The column that holds the time of a row, in microseconds. */
export const TIME_COLUMN = "time_us";

/** The first row: `time_us` and the channels. RFC 4180. */
export function formatCsvHeader(channels: readonly string[]): string {
  return [TIME_COLUMN, ...channels].map(quote).join(",") + "\r\n";
}

/** A row for each sample; what a channel has not is an empty cell. */
export function formatCsvRows(frame: DataFrame, channels: readonly string[], sampleRate: number): string {
  const columns = channels.map((name) => frame.payload.get(name) ?? new Float64Array(0));
  const length = Math.max(0, ...columns.map((each) => each.length));
  let rows = "";
  for (let i = 0; i < length; i++) {
    rows += String(frame.timestampUs + i / sampleRate * 1e6);
    for (const column of columns) rows += `,${column[i] ?? ""}`;
    rows += "\r\n";
  }
  return rows;
}

/** The cells of one row. A quoted cell may hold commas and quotes, but no end of a line. */
export function parseCsvRow(text: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= text.length; at++) {
    const found = /^"((?:[^"]|"")*)"(?=,|$)|^([^",]*)(?=,|$)/.exec(text.slice(at));
    if (found === null) throw new SyntaxError(`Cannot read a row: its cell ${cells.length + 1} has a quote in it`);
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    at += found[0].length;
  }
  return cells;
}

interface CsvSourceConfig {
  readonly path: string;
  readonly frame_size: number;
  readonly sample_rate: number;
}

/**
 * The rows of a file of numbers, so many a frame: the first row names the channels, an empty cell is NaN, and `time_us`
 * gives a frame the time of its first row.
 */
export function csvSource(files: Files): StageType {
  return defineStage({
    type: "CsvSource",
    title: "The columns of a CSV file",
    category: "source",
    inputs: [],
    parameters: {
      path: pathParameter,
      frame_size: { type: "integer", title: "Rows in a frame", default: 1024, min: 1, max: MAX_FRAME_SIZE },
      sample_rate: { type: "number", title: "Rows per second", default: 1, min: 1e-6, max: 1e12, unit: "Hz" },
    },
    create: (config, { pool }) => new CsvSource(files, config as unknown as CsvSourceConfig, pool),
  });
}

/** Writes a row for each sample and passes the frame on. The channels are those of the first frame. */
export function csvSink(files: Files): StageType {
  return defineStage({
    type: "CsvSink",
    title: "Writes a row for each sample",
    category: "sink",
    parameters: { path: pathParameter, replace: replaceParameter },
    create(config) {
      const writer = new FileWriter(files, config as { path: string; replace: boolean });
      let channels: readonly string[] = [];
      return {
        process(frame) {
          if (frame.payload.size === 0) return frame;
          const rate = needSampleRate(frame, `write ${writer.path}`);
          const isFirst = !writer.isOpen;
          if (isFirst) channels = [...frame.payload.keys()];
          const extra = [...frame.payload.keys()].find((name) => !channels.includes(name));
          if (extra !== undefined) {
            throw new RangeError(`Cannot write ${writer.path}: channel ${extra} was not in the first frame`);
          }
          const rows = formatCsvRows(frame, channels, rate);
          writer.write(new TextEncoder().encode((isFirst ? formatCsvHeader(channels) : "") + rows));
          return frame;
        },
        close: () => writer.close(),
      };
    },
  });
}

class CsvSource implements Stage {
  readonly #config: CsvSourceConfig;
  readonly #pool: FramePool;
  readonly #file: ReturnType<Files["open"]>;
  #lines: ReturnType<typeof linesOf>;
  #names: readonly string[] | undefined;
  #startUs = 0;
  #rows = 0;
  #sequenceId = 0;

  constructor(files: Files, config: CsvSourceConfig, pool: FramePool) {
    [this.#config, this.#pool] = [config, pool];
    this.#file = files.open(config.path, "read");
    this.#lines = linesOf(this.#file);
  }

  process(trigger: DataFrame): DataFrame | undefined {
    this.#names ??= this.#readNames();
    const rows: number[][] = [];
    while (rows.length < this.#config.frame_size) {
      const next = this.#lines.next().value;
      if (next === undefined) break;
      rows.push(this.#numbersOf(next));
    }
    if (rows.length === 0) return undefined;
    if (this.#sequenceId === 0) this.#startUs = trigger.timestampUs;
    const payload = new Map<string, Float64Array>();
    let timestampUs = this.#startUs + Math.round(this.#rows / this.#config.sample_rate * 1e6);
    for (const [c, name] of this.#names.entries()) {
      if (name === TIME_COLUMN) timestampUs = rows[0]![c]!;
      else payload.set(name, fill(this.#pool.take(rows.length), rows, c));
    }
    this.#rows += rows.length;
    const metadata = { ...trigger.metadata, sample_rate: this.#config.sample_rate };
    return { timestampUs, sequenceId: this.#sequenceId++, payload, metadata };
  }

  reset(): void {
    [this.#lines, this.#names] = [linesOf(this.#file), undefined];
    [this.#rows, this.#sequenceId] = [0, 0];
  }

  close(): void {
    this.#file.close();
  }

  #readNames(): readonly string[] {
    const first = this.#lines.next().value;
    return first === undefined ? [] : parseCsvRow(first.text.replace(/^\ufeff/, ""));
  }

  #numbersOf({ line, text }: { readonly line: number; readonly text: string }): number[] {
    const cells = parseCsvRow(text);
    const { path } = this.#config;
    if (cells.length !== this.#names!.length) {
      throw new RangeError(
        `Cannot read line ${line} of ${path}: it has ${cells.length} cells, the first row ${this.#names!.length}`,
      );
    }
    return cells.map((cell, c) => {
      const value = cell.trim() === "" ? NaN : Number(cell);
      if (!Number.isNaN(value) || ["", "NaN"].includes(cell.trim())) return value;
      throw new TypeError(
        `Cannot read line ${line} of ${path}: ${this.#names![c]} is ${JSON.stringify(cell)}, no number`,
      );
    });
  }
}

function fill(samples: Float64Array, rows: readonly (readonly number[])[], column: number): Float64Array {
  for (let i = 0; i < rows.length; i++) samples[i] = rows[i]![column]!;
  return samples;
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
