import type { Files } from "../../files/mod.ts";
import { createFrame, type DataFrame } from "../frame.ts";
import { defineStage, type StageType } from "../stage.ts";
import { FileWriter, linesOf, pathParameter, replaceParameter } from "./_files.ts";

/**
 * A frame as one line of JSON, without the end of the line: `timestamp_us`, `sequence_id`, `payload` by channel, and
 * `metadata`. JSON has no NaN, infinity or -0: they are texts, and come back as they were.
 */
export function formatFrameLine({ timestampUs, sequenceId, payload, metadata }: DataFrame): string {
  const channels = [...payload].map(([name, samples]) =>
    `${JSON.stringify(name)}:[${Array.from(samples, formatNumber)}]`
  );
  const rest = Object.keys(metadata).length === 0 ? "" : `,"metadata":${JSON.stringify(metadata)}`;
  return `{"timestamp_us":${timestampUs},"sequence_id":${sequenceId},"payload":{${channels}}${rest}}`;
}

/** The frame of one line. What is missing is 0 or empty. */
export function parseFrameLine(text: string): DataFrame {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read a frame: it is no JSON (${(cause as Error).message})`, { cause });
  }
  const fields = objectOf(given, "the line");
  const payload = new Map(
    Object.entries(objectOf(fields.payload, "payload")).map(([name, values]) => [name, samplesOf(values, name)]),
  );
  return createFrame({
    timestampUs: numberOf(fields.timestamp_us ?? 0, "timestamp_us"),
    sequenceId: numberOf(fields.sequence_id ?? 0, "sequence_id"),
    payload,
    metadata: objectOf(fields.metadata, "metadata"),
  });
}

/** The frames of a file of lines, one a trigger; after the last there are none. */
export function jsonlSource(files: Files): StageType {
  return defineStage({
    type: "JsonlSource",
    title: "The frames of a file, one JSON a line",
    category: "source",
    inputs: [],
    parameters: { path: pathParameter },
    create(config) {
      const file = files.open(config.path as string, "read");
      let lines = linesOf(file);
      return {
        process() {
          const next = lines.next().value;
          if (next === undefined) return undefined;
          try {
            return parseFrameLine(next.text);
          } catch (cause) {
            throw new TypeError(`Cannot use line ${next.line} of ${file.path}: ${(cause as Error).message}`, { cause });
          }
        },
        reset: () => void (lines = linesOf(file)),
        close: () => file.close(),
      };
    },
  });
}

/** Writes each frame as a line of JSON and passes it on. */
export function jsonlSink(files: Files): StageType {
  return defineStage({
    type: "JsonlSink",
    title: "Writes frames to a file, one JSON a line",
    category: "sink",
    parameters: { path: pathParameter, replace: replaceParameter },
    create(config) {
      const writer = new FileWriter(files, config as { path: string; replace: boolean });
      return {
        process(frame) {
          writer.write(new TextEncoder().encode(`${formatFrameLine(frame)}\n`));
          return frame;
        },
        close: () => writer.close(),
      };
    },
  });
}

function formatNumber(value: number): string {
  return Number.isFinite(value) ? Object.is(value, -0) ? '"-0"' : String(value) : `"${value}"`;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`Cannot read a frame: ${what} is no object`);
}

function samplesOf(values: unknown, name: string): Float64Array {
  if (!Array.isArray(values)) throw new TypeError(`Cannot read a frame: channel ${name} is no list`);
  return Float64Array.from(values, (value, i) => numberOf(value, `${name}[${i}]`));
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && ["NaN", "Infinity", "-Infinity", "-0"].includes(value)) return Number(value);
  throw new TypeError(`Cannot read a frame: ${what} is no number`);
}
