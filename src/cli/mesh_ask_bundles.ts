import { TinmanError } from "../errors/mod.ts";
import {
  blobsHere,
  type BlobSyncReport,
  decodeBundle,
  type FeedHead,
  type FolderSyncReport,
  formatStamp,
  keepBlobs,
  MAX_BUNDLE_BYTES,
  packBundle,
  syncBlobs,
  syncFolder,
  unpackBundle,
  type UnpackReport,
} from "../mesh/mod.ts";
import { readGiven } from "./given_file.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** What came of packing. */
export interface PackAnswer {
  readonly file: string;
  readonly bytes: number;
  readonly events: number;
  /** Contents of files that are in it, and that had no place. */
  readonly files: number;
  readonly filesLeft: number;
}

interface PackParams {
  readonly file: string;
  /** What the reader has. */
  readonly known?: readonly FeedHead[] | undefined;
  readonly withFiles: boolean;
}

/** Most bytes of files in one bundle. */
const MAX_BLOB_BYTES = 2 ** 28;

/** What can be done with bundles. */
export const askBundles = {
  pack(host: MeshHost, { file, known, withFiles }: PackParams): PackAnswer {
    const { blobs, left } = withFiles ? blobsHere(host.attachments, MAX_BLOB_BYTES) : { blobs: new Map(), left: 0 };
    const bytes = packBundle(host.replica, { blobs, ...(known && { known }) });
    host.files.replace(file, bytes);
    const events = decodeBundle(bytes, file).runs.reduce((sum, run) => sum + run.events.length, 0);
    return { file, bytes: bytes.length, events, files: blobs.size, filesLeft: left };
  },

  unpack(host: MeshHost, { file }: { file: string }): UnpackReport & { files: number; warnings: string[] } {
    const bytes = readGiven(host.files, file, { what: "unpack", maxBytes: MAX_BUNDLE_BYTES });
    const bundle = decodeBundle(bytes, file);
    const report = unpackBundle(host.replica, bundle, file);
    const kept = keepBlobs(host.attachments, bundle.blobs);
    return { ...report, files: kept, warnings: unpackWarnings(host, report) };
  },

  syncFolder(
    host: MeshHost,
    { path }: { path: string },
  ): FolderSyncReport & { blobs: BlobSyncReport; warnings: string[] } {
    const { files, replica, attachments } = host;
    if (files.stat(path)?.kind !== "folder") {
      throw new TinmanError("NOT_FOUND", `Cannot sync via ${path}: there is no such folder`, {
        kind: "folder",
        id: path,
        hint: "is the stick in? Make the folder first",
      });
    }
    const report = syncFolder(replica, { files, path, settled: () => replica.giveKeys() });
    const blobs = syncBlobs(attachments, { files, path });
    const warnings = [
      ...report.skipped.map(({ file, why }) => `${file} was passed over: ${why}`),
      ...new Set(report.reports.flatMap((each) => unpackWarnings(host, each))),
    ];
    return { ...report, blobs, warnings };
  },
};

/** What somebody should know about what did not count. */
export function unpackWarnings({ replica, clock }: MeshHost, { waiting, futureMs, refused }: UnpackReport): string[] {
  const warnings: string[] = [];
  if (futureMs !== undefined) {
    const [now, then] = [Number(clock.now() / 1_000_000n), futureMs].map((wallMs) =>
      formatStamp({ wallMs, counter: 0 })
    );
    warnings.push(
      `this machine's clock says ${now}, and there are events of ${then}, which wait: set the clock, then once more`,
    );
  }
  if (waiting > 0) {
    warnings.push(`${waiting} parts of feeds do not count yet: nobody here knows who let their devices in`);
  }
  for (const { device, reason } of refused) {
    warnings.push(`events of ${whoOf(replica, device)} were refused: ${reason}`);
  }
  return warnings;
}
