import assert from "node:assert/strict";
import { createRandom } from "../../random/mod.ts";
import { START_MS } from "../_writer.ts";
import type { Feeds } from "../feeds.ts";
import { SyncSession } from "./session.ts";
import type { SyncReport, SyncSessionOptions } from "./session_options.ts";

/** How one of the links of {@linkcode meetAll} is. */
export interface CrowdLink {
  /** Chance that a packet gets lost. */
  readonly loss?: number;
  readonly delayMs?: number;
  /** The link; packets wait for each other. @default {Infinity} */
  readonly bytesPerSecond?: number;
  /** From then on nothing more arrives from the peer, but empty packets if it `stalls`. */
  readonly endsMs?: number;
  readonly how?: "breaks" | "stalls";
  readonly startMs?: number;
  /** Options of the peer, and of ours with it. */
  readonly peer?: Partial<SyncSessionOptions>;
  readonly ours?: Partial<SyncSessionOptions>;
}

/** How one replica met several. */
export interface CrowdMeeting {
  /** Of the replica, by peer. */
  readonly reports: readonly SyncReport[];
  readonly peers: readonly SyncReport[];
  /** Events that came, also such as were there already. */
  readonly receivedEvents: number;
  /** All bytes that came. */
  readonly receivedBytes: number;
  readonly tookMs: number;
  /** When each contact was over. */
  readonly doneMs: readonly number[];
}

/** Lets one replica meet several peers at the same time, each over a link of its own, until all contacts are over. */
export function meetAll(
  hub: Feeds,
  peers: readonly Feeds[],
  { links = [], seed = "crowd", own = {}, onTime }: {
    readonly links?: readonly CrowdLink[];
    readonly seed?: string;
    readonly own?: Partial<SyncSessionOptions>;
    readonly onTime?: (nowMs: number) => void;
  } = {},
): CrowdMeeting {
  const random = createRandom(seed);
  const all = peers.map((feeds, i): Contact => {
    const { startMs = 0, peer, ours } = links[i] ?? {};
    const open = () =>
      [
        new SyncSession(hub, { random: createRandom(`${seed}/hub/${i}`), ...own, ...ours }),
        new SyncSession(feeds, { random: createRandom(`${seed}/peer/${i}`), ...own, ...peer }),
      ] as const;
    return { link: links[i] ?? {}, startMs: START_MS + startMs, open, freeMs: [0, 0], doneMs: 0, sessions: undefined };
  });
  const air: { atMs: number; to: SyncSession; packet: Uint8Array }[] = [];
  let nowMs = START_MS;
  for (let steps = 0;; steps++) {
    assert.ok(steps < 50_000, "they never come to an end");
    for (const each of all) {
      const { loss = 0, delayMs = 20, bytesPerSecond = Infinity, endsMs = Infinity, how } = each.link;
      if (nowMs < each.startMs) continue;
      const [ours, theirs] = each.sessions ??= each.open();
      for (const [way, [from, to]] of [[ours, theirs], [theirs, ours]].entries()) {
        // Who has a slow link waits until a packet has gone.
        for (let packet; each.freeMs[way]! <= nowMs && (packet = from!.poll(nowMs)) !== undefined;) {
          const isOver = nowMs >= START_MS + endsMs;
          // A peer that hears us and says that it is there, and nothing else.
          if (isOver && way === 1) packet = Uint8Array.of(0x20, packet[1]!, packet[2]!);
          each.freeMs[way as 0 | 1] = nowMs + 1000 * packet.length / bytesPerSecond;
          if (random.next() >= loss && (!isOver || how !== "breaks")) {
            air.push({ atMs: each.freeMs[way]! + delayMs, to: to!, packet });
          }
        }
      }
      if (ours.isOver && each.doneMs === 0) each.doneMs = nowMs - START_MS;
    }
    const starts = all.filter(({ sessions }) => sessions === undefined).map(({ startMs }) => startMs);
    const dues = all.flatMap(({ sessions = [], freeMs }) =>
      sessions.map((each, way) => (each.isOver ? Infinity : Math.max(each.nextMs ?? Infinity, freeMs[way]!)))
    );
    const next = Math.min(...air.map(({ atMs }) => atMs), ...dues, ...starts);
    if (next === Infinity) break;
    nowMs = Math.max(nowMs, next);
    onTime?.(nowMs - START_MS);
    for (let i = 0; i < air.length;) {
      const { atMs, to, packet } = air[i]!;
      if (atMs > nowMs) i++;
      else {
        air.splice(i, 1);
        to.receive(packet, nowMs);
      }
    }
  }
  const reports = all.map(({ sessions }) => sessions![0].report);
  return {
    reports,
    peers: all.map(({ sessions }) => sessions![1].report),
    receivedEvents: reports.reduce((sum, each) => sum + each.receivedEvents, 0),
    receivedBytes: reports.reduce((sum, each) => sum + each.receivedBytes, 0),
    tookMs: nowMs - START_MS,
    doneMs: all.map(({ doneMs }) => doneMs),
  };
}

interface Contact {
  readonly link: CrowdLink;
  readonly startMs: number;
  open(): readonly [SyncSession, SyncSession];
  sessions: readonly [SyncSession, SyncSession] | undefined;
  readonly freeMs: [number, number];
  doneMs: number;
}
