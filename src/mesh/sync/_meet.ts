import assert from "node:assert/strict";
import { createRandom } from "../../random/mod.ts";
import { DATASET, START_MS, TestWriter } from "../_writer.ts";
import { Feeds, type FeedsOptions } from "../feeds.ts";
import type { Run } from "../run.ts";
import type { Known } from "./known.ts";
import { SyncSession } from "./session.ts";
import type { SyncReport, SyncSessionOptions } from "./session_options.ts";

/** Feeds that take everything that is right. */
export function createFeeds(runs: readonly Run[] = [], options: Partial<FeedsOptions> = {}): Feeds {
  const feeds = new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true, ...options });
  for (const run of runs) assert.equal(feeds.ingest(run).status, "applied");
  return feeds;
}

/** Names, numbers and ids of all that is there, in one order. */
export function contents(feeds: Feeds): string[] {
  return [...feeds.all()].flatMap((feed) =>
    feed.slice(feed.base).map((_, i) => `${feed.name} ${feed.base + i} ${feed.idAt(feed.base + i)!.toHex()}`)
  ).sort();
}

/** So many events of one device, in runs of a few. */
export function runsOf(writer: TestWriter, count: number, perRun = 3): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < count; i += perRun) {
    const events = Array.from({ length: Math.min(perRun, count - i) }, (_, at) => ({
      kind: "field.set",
      payload: { record: `R-${String(i).padStart(4, "0")}`, field: ["a", "b", "c"][at % 3]!, value: i * 7 % 13 },
    }));
    runs.push(writer.run(...events));
  }
  return runs;
}

/** Options of {@linkcode meet}. */
export interface MeetOptions {
  readonly a?: Partial<SyncSessionOptions>;
  readonly b?: Partial<SyncSessionOptions>;
  /** Chances of each packet. */
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly delayMs?: number;
  readonly seed?: string;
  /** Nothing more arrives after so many packets. */
  readonly cutAfter?: number;
  /** Sees each packet, and may put another in its place. */
  readonly change?: (packet: Uint8Array, from: "a" | "b") => Uint8Array | undefined;
  /** Called after each packet. */
  readonly onPacket?: (count: number) => void;
}

/** How two peers met. */
export interface Meeting {
  readonly a: SyncReport;
  readonly b: SyncReport;
  /** What each has heard that the other holds. */
  readonly holds: Readonly<Record<"a" | "b", Readonly<Record<string, number>> | undefined>>;
  /** What each knows at the end that the other has. */
  readonly known: Readonly<Record<"a" | "b", Known | undefined>>;
  /** Packets, and their bytes both ways. */
  readonly packets: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/** Lets two peers meet over packets in memory, in a time of their own. */
export function meet(a: Feeds, b: Feeds, options: MeetOptions = {}): Meeting {
  const { loss = 0, duplicate = 0, reorder = 0, delayMs = 10, seed = "meet", cutAfter = Infinity } = options;
  const random = createRandom(seed);
  const sessions = {
    a: new SyncSession(a, { random: createRandom(`${seed}/a`), ...options.a }),
    b: new SyncSession(b, { random: createRandom(`${seed}/b`), ...options.b }),
  };
  const air: { atMs: number; to: "a" | "b"; packet: Uint8Array }[] = [];
  let [nowMs, packets, bytes] = [START_MS, 0, 0];
  for (let steps = 0;; steps++) {
    assert.ok(steps < 20_000, "they never come to an end");
    for (const from of ["a", "b"] as const) {
      for (let packet; (packet = sessions[from].poll(nowMs)) !== undefined;) {
        assert.ok(packet.length <= (options[from]?.maxBytes ?? 1200), `${packet.length} bytes`);
        packets++;
        bytes += packet.length;
        options.onPacket?.(packets);
        const changed = options.change === undefined ? packet : options.change(packet, from);
        if (packets > cutAfter || changed === undefined || random.next() < loss) continue;
        for (let copies = random.next() < duplicate ? 2 : 1; copies > 0; copies--) {
          const lateMs = random.next() < reorder ? random.int(10 * delayMs) : 0;
          air.push({ atMs: nowMs + delayMs + lateMs, to: from === "a" ? "b" : "a", packet: changed });
        }
      }
    }
    const next = Math.min(
      ...air.map(({ atMs }) => atMs),
      ...[sessions.a, sessions.b].map((each) => (each.isOver ? Infinity : each.nextMs ?? Infinity)),
    );
    if (next === Infinity) break;
    nowMs = Math.max(nowMs, next);
    for (let i = 0; i < air.length;) {
      const { atMs, to, packet } = air[i]!;
      if (atMs > nowMs) i++;
      else {
        air.splice(i, 1);
        sessions[to].receive(packet, nowMs);
      }
    }
  }
  const holds = { a: sessions.a.holds(), b: sessions.b.holds() };
  const known = { a: sessions.a.known(), b: sessions.b.known() };
  return { holds, known, a: sessions.a.report, b: sessions.b.report, packets, bytes, tookMs: nowMs - START_MS };
}
