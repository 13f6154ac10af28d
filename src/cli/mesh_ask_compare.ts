import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { readFile } from "../files/mod.ts";
import { datasetId, type FeedHead, MAX_BUNDLE_BYTES, readBundleAbout, type SyncReport } from "../mesh/mod.ts";
import { readGiven } from "./given_file.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** What is here and there of one device, where that differs. */
export interface DifferenceAnswer {
  /** The public key. */
  readonly device: string;
  readonly by: string;
  /** The numbers of the last events; of a device with two histories nobody may know the other's. */
  readonly here: number;
  readonly there?: number | undefined;
  readonly toSend: number;
  readonly toGet: number;
  /** Whether the histories part, so that each may lack something. */
  readonly parted: boolean;
}

/** How a peer differs from what is here. */
export interface CompareAnswer {
  /** Who it is compared with, where somebody proves that. */
  readonly by?: string | undefined;
  /** Devices that differ. */
  readonly feeds: readonly DifferenceAnswer[];
  /** Events that are there, of devices that are not known here. */
  readonly unknownEvents: number;
}

/** Whom to compare with: somebody who answers there, bundles in a file or a folder, or what was written down there. */
export type ComparePeer =
  | { readonly address: string }
  | { readonly file: string }
  | { readonly folder: string }
  | { readonly heads: readonly FeedHead[] };

/** What can be asked about differences. Nothing is exchanged for it. */
export const askCompare = {
  compare: async (host: MeshHost, peer: ComparePeer): Promise<CompareAnswer> => {
    if ("address" in peer) return await compareLive(host, peer.address);
    const heads = "heads" in peer ? peer.heads : "file" in peer ? ofFile(host, peer.file) : ofFolder(host, peer.folder);
    return { feeds: differences(host, heads), unknownEvents: 0 };
  },
};

async function compareLive(host: MeshHost, address: string): Promise<CompareAnswer> {
  const { replica, station } = host;
  const { device, report } = await station.meet(address, { isLook: true });
  if (report.status !== "done") {
    throw new TinmanError("UNAVAILABLE", `Cannot compare with ${address}: it let go before it had said what it has`, {
      what: address,
    });
  }
  const { apart = {}, forked, backlog } = report;
  const feeds = [...new Set([...Object.keys(apart), ...forked])].sort().map((each) =>
    liveDifference(host, each, report)
  );
  const known = Object.values(apart).reduce((sum, count) => sum + Math.max(0, -count), 0);
  return { by: device && whoOf(replica, device), feeds, unknownEvents: backlog.toGet.events - known };
}

function liveDifference({ replica }: MeshHost, device: string, { apart = {}, forked }: SyncReport): DifferenceAnswer {
  const count = apart[device] ?? 0;
  const parted = forked.includes(device);
  const here = Math.max(
    0,
    ...replica.feeds.of(device).map((feed) => count > 0 ? replica.feeds.endOf(feed) : feed.last),
  );
  return {
    ...{ device, by: whoOf(replica, device), here, parted },
    ...(!parted && { there: here - count }),
    ...{ toSend: Math.max(0, count), toGet: Math.max(0, -count) },
  };
}

function differences({ replica }: MeshHost, heads: readonly FeedHead[]): DifferenceAnswer[] {
  const { feeds } = replica;
  const devices = [...feeds.all(), ...heads.map(({ feed }) => ({ device: feed.slice(0, 64) }))].map((each) =>
    each.device
  );
  return [...new Set(devices)].sort().flatMap((device): DifferenceAnswer[] => {
    const branches = feeds.of(device);
    const theirs = heads.filter(({ feed }) => feed.startsWith(device));
    const [here, there] = [branches.map((each) => feeds.endOf(each)), theirs.map(({ seq }) => seq)]
      .map((all) => Math.max(0, ...all)) as [number, number];
    const toSend = branches.reduce((sum, feed) => {
      // Who is ahead of us has what we have, as far as anybody can tell.
      const shared = theirs.filter(({ seq, check }) =>
        seq > feed.last || (seq >= feed.base - 1 && feed.checkAt(seq) === check)
      );
      return sum + Math.max(0, feeds.endOf(feed) + 1 - Math.max(feed.base, ...shared.map(({ seq }) => seq + 1)));
    }, 0);
    const first = Math.min(...branches.map(({ base }) => base)) - 1;
    // What is before a snapshot cannot be compared.
    const parted = theirs.some(({ seq, check }) =>
      seq <= here && seq >= first && !branches.some((feed) => feed.checkAt(seq) === check)
    );
    const toGet = parted ? 0 : Math.max(0, there - Math.max(0, ...branches.map(({ last }) => last)));
    if (toSend === 0 && toGet === 0 && !parted) return [];
    return [{ device, by: whoOf(replica, device), here, there, toSend, toGet, parted }];
  });
}

function ofFile({ replica, files }: MeshHost, file: string): readonly FeedHead[] {
  const bytes = readGiven(files, file, { what: "read", maxBytes: MAX_BUNDLE_BYTES });
  const { info, frontier } = readBundleAbout(bytes, file);
  if (datasetId(info).toHex() === datasetId(replica.info).toHex()) return frontier;
  const message = `Cannot compare with ${file}: it is of another dataset, ${JSON.stringify(info.name)}`;
  throw new TinmanError("CONFIG", message, { path: file, hint: "name the folder of that dataset: --data DIR" });
}

/** What all bundles in a folder hold together. */
function ofFolder(host: MeshHost, path: string): FeedHead[] {
  const { files } = host;
  if (files.stat(path)?.kind !== "folder") {
    throw new TinmanError("NOT_FOUND", `Cannot compare with ${path}: there is no such folder`, {
      kind: "folder",
      id: path,
      hint: "is the stick in?",
    });
  }
  const bundles = files.list(path).filter((name) => /^[^.].*\.tmesh$/.test(name)).flatMap((name) => {
    try {
      const bytes = readFile(files, `${path}/${name}`, MAX_BUNDLE_BYTES);
      const about = bytes && readBundleAbout(bytes, name);
      return about && datasetId(about.info).toHex() === datasetId(host.replica.info).toHex() ? [about.frontier] : [];
    } catch (error) {
      // As a sync does: what is half copied, or cannot be read, is passed over.
      if (!isTinmanError(error)) throw error;
      return [];
    }
  });
  return bundles.flat();
}
