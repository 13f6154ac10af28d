import { isTinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { decodeBundle, type FeedHead, readBundleAbout } from "./bundle.ts";
import {
  coversFrontier,
  frontierOf,
  isOfDataset,
  packBundle,
  unpackBundle,
  type UnpackReport,
} from "./bundle_replica.ts";
import type { Replica } from "./replica.ts";

/** Longest bundle that is read. */
export const MAX_BUNDLE_BYTES: number = 2 ** 30;

/** What a meeting by way of a folder came to. */
export interface FolderSyncReport {
  /** New events that count. */
  readonly applied: number;
  /** Bundles of this dataset that were looked at, of which so many had something new. */
  readonly bundles: number;
  readonly used: number;
  /** The file that was written, where others lack something. */
  readonly written?: string;
  readonly bytes: number;
  /** Files that were passed over, and why: half copied, of another version. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
  /** What of the bundles did not count, as with one bundle. */
  readonly reports: readonly (UnpackReport & { readonly file: string })[];
}

/** Options of {@linkcode syncFolder}. */
export interface FolderSyncOptions {
  readonly files: Files;
  /** A folder that others see, too, now or later: a stick, a share. */
  readonly path: string;
  /** Called when all that is there was taken in, before something is written. */
  settled?(): void;
}

/**
 * Takes in the bundles in a folder, then leaves one with all that is here, if they do not hold it together. Each device has
 * one file there, put in place whole; one that is half copied or damaged is passed over.
 */
export function syncFolder(replica: Replica, { files, path, settled }: FolderSyncOptions): FolderSyncReport {
  const skipped: { file: string; why: string }[] = [];
  const reports: (UnpackReport & { file: string })[] = [];
  const held: FeedHead[] = [];
  let bundles = 0;
  for (const file of files.list(path).filter((name) => /^[^.].*\.tmesh$/.test(name))) {
    try {
      const bytes = readFile(files, `${path}/${file}`, MAX_BUNDLE_BYTES);
      if (bytes === undefined) continue;
      const about = readBundleAbout(bytes, file);
      if (!isOfDataset(replica, about)) continue;
      bundles++;
      const { feeds } = replica;
      if (!coversFrontier({ feeds }, about.frontier)) {
        reports.push({ file, ...unpackBundle(replica, decodeBundle(bytes, file), file) });
      }
      held.push(...about.frontier);
    } catch (error) {
      // A full disk of our own is not the fault of the file.
      if (!isTinmanError(error) || error.code === "WRITE_FAILED") throw error;
      skipped.push({ file, why: error.message });
    }
  }
  settled?.();
  const applied = reports.reduce((sum, each) => sum + each.applied, 0);
  const used = reports.filter((each) => each.applied > 0).length;
  const report = { applied, bundles, used, skipped, reports };
  if (isHeld(replica, held)) return { ...report, bytes: 0 };
  const bytes = packBundle(replica);
  const written = `${fileName(replica)}.tmesh`;
  files.makeFolder(path);
  files.replace(`${path}/${written}`, bytes);
  return { ...report, written, bytes: bytes.length };
}

/** Whether the bundles there hold all that is here. */
function isHeld(replica: Replica, held: readonly FeedHead[]): boolean {
  const { feeds } = replica;
  return frontierOf(replica).every(({ feed, seq }) => {
    const own = feeds.get(feed)!;
    return held.some((each) =>
      each.feed.startsWith(own.device) && each.seq >= seq && own.checkAt(each.seq) === each.check
    );
  });
}

/** Names that every file system takes, a stick with FAT among them. */
function fileName({ info, key }: Replica): string {
  const name = info.name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "").slice(0, 40);
  return `${name === "" ? "mesh" : name}-${key.device.slice(0, 12)}`;
}
