import { isTinmanError } from "../errors/mod.ts";
import { apartFrom, type Backlog, backlogs, formatStamp, type SyncReport, writePeers } from "../mesh/mod.ts";
import type { MeshAir, MeshPeer } from "../telemetry/mod.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** A peer that was met. */
export type PeerAnswer = MeshPeer;

/** How a contact goes, or went. */
export type ContactAnswer = Omit<MeshPeer, "device" | "isHere" | "since">;

/** What is still to be exchanged with peers that were met, in all. */
export interface BacklogAnswer {
  /** How many may lack something. */
  readonly peers: number;
  /** Most events that one of them may lack. */
  readonly toSend: number;
  /** Most events that one of them had and that are not here. */
  readonly toGet: number;
}

/** What can be asked about peers. */
export const askPeers = {
  /** Who is here, who has left, and who was met before this process began. */
  peers: ({ replica, station }: MeshHost, _: Readonly<Record<never, never>>): PeerAnswer[] => {
    const kept = new Map(backlogs(replica).map((each) => [each.device, each]));
    const met = station.peers().map(({ device, via, isHere, sinceMs, report, known }) => {
      const answer = {
        ...{ device, isHere, since: formatStamp({ wallMs: sinceMs, counter: 0 }) },
        ...contactAnswer(whoOf(replica, device), via, report),
      };
      // Of who has not said what it has it is known from the last time, if at all.
      const left = known === undefined ? kept.get(device) : apartFrom(replica.feeds, known);
      kept.delete(device);
      if (left === undefined) return answer;
      const { toSend, toGet, apart } = left;
      return { ...answer, toSend, toGet, apart };
    });
    return [...met, ...[...kept.values()].map((each) => awayAnswer(each, replica))];
  },

  /** How it goes on the radio channel that it shares; null where it shares none. */
  air: ({ replica, radio: { state } }: MeshHost, _: Readonly<Record<never, never>>): MeshAir | null => {
    if (state === undefined) return null;
    const { address, isHeld, sinceMs, bytesPerSecond, air } = state;
    const report = air?.report;
    const whenever = (ms: number | undefined) => ms === undefined ? undefined : formatStamp({ wallMs: ms, counter: 0 });
    return {
      ...{ address, isHeld, since: whenever(sinceMs)!, bytesPerSecond },
      sentBytes: report?.sentBytes ?? 0,
      heardBytes: report?.heardBytes ?? 0,
      newEvents: report?.newEvents ?? 0,
      heard: whenever(report?.heardMs),
      same: whenever(report?.sameMs),
      other: whenever(report?.otherMs),
      toGet: report?.toGet ?? 0,
      asked: report?.toSend.requests ?? 0,
      waitingBytes: report?.toSend.bytes ?? 0,
      authors: report?.authors.map(({ device, heardMs, toGet }) => {
        return { by: whoOf(replica, device), device, heard: whenever(heardMs)!, toGet };
      }) ?? [],
    };
  },

  backlog: (host: MeshHost, _: Readonly<Record<never, never>>): BacklogAnswer => {
    const peers = askPeers.peers(host, {});
    const most = (of: (peer: PeerAnswer) => number) => peers.reduce((max, each) => Math.max(max, of(each)), 0);
    return {
      peers: peers.filter(({ toSend }) => toSend > 0).length,
      toSend: most(({ toSend }) => toSend),
      toGet: most(({ toGet }) => toGet),
    };
  },

  /** Meets a peer once. */
  sync: async (
    host: MeshHost,
    { address, isFull, trust }: { readonly address: string; readonly isFull: boolean; readonly trust: boolean },
  ): Promise<ContactAnswer> => {
    const { replica, station, files } = host;
    const { device, report } = await station.meet(address, { isFull, trust });
    tryWritePeers(replica.path, files, address);
    const by = device === undefined ? address : whoOf(replica, device);
    const said = contactAnswer(by, address, report);
    const answer = { ...said, warnings: [...said.warnings, ...diskWarnings(host)] };
    if (device === undefined || replica.members.of(device) !== undefined || replica.info.writers === "anybody") {
      return answer;
    }
    return {
      ...answer,
      warnings: [...answer.warnings, `${by} is no member of ${replica.info.name}, as far as is known here`],
    };
  },
};

/** What a disk with little room holds up: text goes first. */
export function diskWarnings({ replica: { acks }, attachments }: MeshHost): string[] {
  const warnings = acks.unwritten === undefined ? [] : [`${acks.unwritten.message}; what came is kept all the same`];
  if (attachments.store.isDiskLow && attachments.missing().length > 0) {
    warnings.push("files are not fetched while the disk has so little room: free some, and sync again");
  }
  return warnings;
}

/** It only saves typing. */
function tryWritePeers(path: string, files: MeshHost["files"], address: string): void {
  try {
    writePeers(path, files, [address]);
  } catch (error) {
    if (!isTinmanError(error, "WRITE_FAILED")) throw error;
  }
}

function awayAnswer(
  { device, atMs, contact, toSend, toGet, apart }: Backlog,
  replica: MeshHost["replica"],
): PeerAnswer {
  const { via = "", status = "unknown", sentEvents = 0, newEvents = 0, sentBytes = 0, receivedBytes = 0 } = contact ??
    {};
  const since = formatStamp({ wallMs: atMs, counter: 0 });
  const went = { via, status, sentEvents, newEvents, sentBytes, receivedBytes };
  return { by: whoOf(replica, device), device, isHere: false, since, ...went, toSend, toGet, apart, warnings: [] };
}

function contactAnswer(by: string, via: string, report: SyncReport | undefined): ContactAnswer {
  const refused = Object.entries(report?.refused ?? {});
  return {
    by,
    via,
    status: report?.status ?? "opening",
    sentEvents: report?.sentEvents ?? 0,
    newEvents: report?.appliedEvents ?? 0,
    sentBytes: report?.sentBytes ?? 0,
    receivedBytes: report?.receivedBytes ?? 0,
    toSend: report?.backlog.toSend.events ?? 0,
    toGet: report?.backlog.toGet.events ?? 0,
    apart: report?.apart ?? {},
    warnings: refused.map(([rule, times]) => `${times} parts of feeds were refused by rule ${rule}`),
  };
}
