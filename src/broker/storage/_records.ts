import { type Files, readFile } from "../../files/mod.ts";
import { readBatch, readBatches, type RecordBatch } from "../protocol/record_batch.ts";
import { readRecords, writeBatch } from "../protocol/records.ts";
import { contentOf } from "../protocol/compression.ts";

/** What a test writes and reads of a record. */
export interface Simple {
  readonly offset: number;
  readonly timeMs: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** A batch of these records. */
export function batchOf(
  records: readonly Omit<Simple, "offset">[],
  producer?: { readonly id: number; readonly epoch: number; readonly sequence: number },
): RecordBatch {
  const bytes = (text: string | null) => text === null ? null : new TextEncoder().encode(text);
  const all = records.map(({ timeMs, key, value }) => ({
    key: bytes(key),
    value: bytes(value),
    headers: [],
    timestampMs: timeMs,
  }));
  return readBatch(writeBatch(all, producer && { producer }));
}

/** The records of whole batches. */
export function recordsOf(bytes: Uint8Array): Simple[] {
  const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
  return [...readBatches(bytes)].flatMap((batch) =>
    [...readRecords(batch, contentOf(batch, 2 ** 26))].map(({ offset, timestampMs, key, value }) => ({
      offset,
      timeMs: timestampMs,
      key: text(key),
      value: text(value),
    }))
  );
}

/** All records of a log, read in pieces of `maxBytes`. */
export function readAll(
  log: { readonly start: number; readonly next: number; read(offset: number, maxBytes: number): Uint8Array },
  maxBytes = 1000,
): Simple[] {
  const all: Simple[] = [];
  for (let offset = log.start; offset < log.next;) {
    const bytes = log.read(offset, maxBytes);
    if (bytes.length === 0) break;
    const records = recordsOf(bytes);
    all.push(...records.filter((record) => record.offset >= offset));
    const last = [...readBatches(bytes)].at(-1)!;
    offset = last.baseOffset + last.lastOffsetDelta + 1;
  }
  return all;
}

/** All files below a folder, with their bytes. */
export function* filesBelow(files: Files, folder: string): Generator<readonly [string, Uint8Array], void> {
  for (const name of files.list(folder)) {
    const path = `${folder}/${name}`;
    if (files.stat(path)?.kind === "folder") yield* filesBelow(files, path);
    else yield [path, readFile(files, path, 2 ** 30)!];
  }
}

/** Puts a file where there is none. */
export function putFile(files: Files, path: string, bytes: Uint8Array): void {
  files.makeFolder(path.slice(0, path.lastIndexOf("/")));
  using file = files.open(path, "append");
  file.truncate(0);
  for (let at = 0; at < bytes.length;) at += file.write(bytes.subarray(at));
}
