import { basename, extname } from "node:path";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import {
  type Attachments,
  type AttachmentsSummary,
  type AttachmentView,
  joinBytes,
  summaryOf,
  writeRoom,
} from "../mesh/mod.ts";
import { readGiven } from "./given_file.ts";
import type { WriteAnswer } from "./mesh_ask_records.ts";
import type { MeshHost } from "./mesh_host.ts";

/** What is here of a file. */
export interface FileAnswer {
  readonly record: string;
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly isHere: boolean;
  readonly isRefused: boolean;
}

/** Longest file that is attached. */
const MAX_BYTES = 2 ** 26;

/** What is done with files of records. */
export const askAttachments = {
  attach(
    { replica, attachments, files }: MeshHost,
    { record, field, file, type }: { record: string; field: string; file: string; type?: string | undefined },
  ): WriteAnswer & { size: number; type: string } {
    if (replica.view.record(record) === undefined) throw noRecord(record);
    const bytes = readGiven(files, file, { what: "attach", maxBytes: MAX_BYTES });
    const as = type ?? TYPES[extname(file).toLowerCase()] ?? "application/octet-stream";
    attachments.attach(record, field, { name: basename(file).slice(-128), type: as, bytes });
    return { events: 1, problems: [], size: bytes.length, type: as };
  },

  /** Writes a file of a record to where it is wanted. */
  save(
    { replica, attachments, files }: MeshHost,
    { record, name, to }: { readonly record: string; readonly name: string; readonly to: string },
  ): FileAnswer {
    const view = replica.view.record(record);
    if (view === undefined) throw noRecord(record);
    // The newest of those with one name, or in one field.
    const found = view.attachments.findLast((each) => each.name === name || each.field === name || each.blob === name);
    if (found === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot save ${name} of ${record}: it has no such file`, {
        kind: "file",
        id: name,
        hint: didYouMean(name, view.attachments.map((each) => each.name)),
      });
    }
    files.replace(to, joinBytes(attachments.read(found)));
    return fileAnswer(record, found, attachments);
  },

  /** How much room there is for files, and what takes it; another limit is kept for good. */
  room(
    { replica, attachments, files }: MeshHost,
    { maxBytes }: { readonly maxBytes?: number | undefined },
  ): AttachmentsSummary {
    if (maxBytes !== undefined) {
      writeRoom(replica.path, files, maxBytes);
      attachments.store.maxBytes = maxBytes;
    }
    return summaryOf(attachments);
  },

  files({ replica, attachments }: MeshHost, { record }: { readonly record: string }): FileAnswer[] {
    return replica.view.record(record)?.attachments.map((each) => fileAnswer(record, each, attachments)) ?? [];
  },
};

function fileAnswer(record: string, file: AttachmentView, attachments: Attachments): FileAnswer {
  const { field, name, type } = file;
  const { isHere, isRefused } = attachments.state(file);
  return { record, field, name, type, size: attachments.sizeOf(file), isHere, isRefused };
}

function noRecord(record: string): TinmanError<"NOT_FOUND"> {
  return new TinmanError("NOT_FOUND", `Cannot find record ${record}: it is not here`, { kind: "record", id: record });
}

const TYPES: Readonly<Record<string, string>> = {
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".heic": "image/heic",
  ".svg": "image/svg+xml",
  ".pdf": "application/pdf",
  ".txt": "text/plain",
  ".csv": "text/csv",
  ".json": "application/json",
  ".geojson": "application/geo+json",
  ".mp3": "audio/mpeg",
  ".m4a": "audio/mp4",
  ".wav": "audio/wav",
  ".ogg": "audio/ogg",
  ".mp4": "video/mp4",
  ".mov": "video/quicktime",
  ".zip": "application/zip",
};
