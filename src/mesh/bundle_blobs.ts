import { type Files, readFile } from "../files/mod.ts";
import { type Attachments, type BlobRef, treeOf } from "./attachments/mod.ts";

/**
 * Contents of files as they are passed on, sealed in a sealed dataset, the newest first, then those that are carried for
 * others, up to so many bytes.
 */
export function blobsHere(
  attachments: Attachments,
  maxBytes: number,
): { blobs: Map<string, Uint8Array>; left: number } {
  const blobs = new Map<string, Uint8Array>();
  let [bytes, left] = [0, 0];
  for (const { blob, size } of attachments.wanted()) {
    if (blobs.has(blob) || !attachments.store.has(blob)) continue;
    if (bytes + size > maxBytes) left++;
    else {
      bytes += size;
      blobs.set(blob, joinBytes(attachments.store.read(blob)));
    }
  }
  return { blobs, left };
}

/** Keeps contents that are missing here, and for which there is room; gives how many. What is not what its name says is passed over. */
export function keepBlobs(attachments: Attachments, blobs: Iterable<readonly [string, Uint8Array]>): number {
  const missing = new Map(missingHere(attachments).map((ref) => [ref.blob, ref]));
  let kept = 0;
  for (const [name, bytes] of blobs) {
    const ref = missing.get(name);
    if (ref === undefined || !attachments.store.accepts(ref) || treeOf(bytes).ref.blob !== name) continue;
    attachments.store.put(bytes);
    kept++;
  }
  return kept;
}

/** What came and went of files by way of a folder. */
export interface BlobSyncReport {
  readonly came: number;
  readonly left: number;
  /** Files that are neither here nor there. */
  readonly missing: number;
}

/** Takes in the contents in `blobs` of a folder that are missing here, and leaves those that are missing there. */
export function syncBlobs(attachments: Attachments, { files, path }: { files: Files; path: string }): BlobSyncReport {
  const folder = `${path}/blobs`;
  const there = new Map(files.list(folder).map((name) => [name, files.stat(`${folder}/${name}`)?.size]));
  let [came, left] = [0, 0];
  for (const { blob, size } of attachments.wanted()) {
    const isHere = attachments.store.has(blob);
    // One that was half copied is shorter, and is left anew.
    const isThere = there.get(blob) === size;
    if (isHere && !isThere) {
      files.makeFolder(folder);
      files.replace(`${folder}/${blob}`, joinBytes(attachments.store.read(blob)));
      there.set(blob, size);
      left++;
    } else if (!isHere && isThere) {
      const bytes = readFile(files, `${folder}/${blob}`, size);
      if (bytes !== undefined) came += keepBlobs(attachments, [[blob, bytes]]);
    }
  }
  return { came, left, missing: missingHere(attachments).length };
}

function missingHere(attachments: Attachments): BlobRef[] {
  return attachments.wanted().filter(({ blob }) => !attachments.store.has(blob));
}

/** All parts as one. */
export function joinBytes(all: Iterable<Uint8Array>): Uint8Array {
  const parts = [...all];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
