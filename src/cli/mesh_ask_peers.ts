import { formatStamp, type SyncReport, writePeers } from "../mesh/mod.ts";
import type { MeshPeer } from "../telemetry/mod.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** A peer that was met. */
export type PeerAnswer = MeshPeer;

/** How a contact goes, or went. */
export type ContactAnswer = Omit<MeshPeer, "device" | "isHere" | "since">;

/** What can be asked about peers. */
export const askPeers = {
  peers: ({ replica, station }: MeshHost, _: Readonly<Record<never, never>>): PeerAnswer[] =>
    station.peers().map(({ device, via, isHere, sinceMs, report }) => ({
      device,
      isHere,
      since: formatStamp({ wallMs: sinceMs, counter: 0 }),
      ...contactAnswer(whoOf(replica, device), via, report),
    })),

  /** Meets a peer once. */
  sync: async (
    host: MeshHost,
    { address, isFull, trust }: { readonly address: string; readonly isFull: boolean; readonly trust: boolean },
  ): Promise<ContactAnswer> => {
    const { replica, station, files } = host;
    const { device, report } = await station.meet(address, { isFull, trust });
    writePeers(replica.path, files, [address]);
    const by = device === undefined ? address : whoOf(replica, device);
    const answer = contactAnswer(by, address, report);
    if (device === undefined || replica.members.of(device) !== undefined || replica.info.writers === "anybody") {
      return answer;
    }
    return {
      ...answer,
      warnings: [...answer.warnings, `${by} is no member of ${replica.info.name}, as far as is known here`],
    };
  },
};

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
