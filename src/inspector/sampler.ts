import type { Observed, ObservedRecording, ObservedState, ReplayPosition } from "../telemetry/mod.ts";
import { KeptFrames } from "./frame_rows.ts";
import type { Snapshot, SnapshotChannel, SnapshotNode } from "./snapshot.ts";

/** Rates are of about so long: short enough to be live, long enough not to flicker. */
const WINDOW_NS = 2e9;
/** What took less has no rate. */
const SHORTEST_S = 1e-3;
const TREND = 120;

interface Look {
  readonly atNs: number;
  readonly state: ObservedState;
  readonly replay: ReplayPosition | undefined;
  /** How many of the looks in the window found a node blocked. */
  readonly blocked: ReadonlySet<string>;
}

/** Looks at one source from time to time and makes rates of its counts. All viewers share one look and its JSON. */
export class Sampler {
  readonly id: string;
  readonly observed: Observed;
  /** Frames that lists show in part. */
  readonly kept = new KeptFrames();
  /** Grows with each look. */
  version = 0;
  readonly #elapsedNs: () => number;
  #looks: Look[] = [];
  #trend: { hz: number; bytesPerS: number }[] = [];
  #snapshot: Snapshot | undefined;
  #json: Uint8Array | undefined;

  constructor(id: string, observed: Observed, elapsedNs: () => number) {
    [this.id, this.observed, this.#elapsedNs] = [id, observed, elapsedNs];
  }

  /** Looks once. */
  sample(): void {
    const state = this.observed.look();
    const atNs = this.#elapsedNs();
    const blocked = new Set(state.nodes.flatMap(({ id, isBlocked }) => isBlocked ? [id] : []));
    this.#looks = [...this.#looks.filter((look) => atNs - look.atNs <= WINDOW_NS), {
      ...{ atNs, state, blocked },
      replay: this.observed.replay?.look(),
    }];
    this.version++;
    [this.#snapshot, this.#json] = [undefined, undefined];
    const { hz = 0, bytesPerS = 0 } = this.snapshot.totals;
    this.#trend = [...this.#trend, { hz, bytesPerS }].slice(-TREND);
    this.#snapshot = { ...this.snapshot, trend: this.#trend };
  }

  /** What was seen last. */
  get snapshot(): Snapshot {
    if (this.#looks.length === 0) this.sample();
    return this.#snapshot ??= this.#make();
  }

  /** The same as JSON in UTF-8. */
  get json(): Uint8Array {
    return this.#json ??= new TextEncoder().encode(JSON.stringify(this.snapshot));
  }

  #make(): Snapshot {
    const { id, observed } = this;
    const { name, kind, startedNs } = observed;
    const [first, last] = [this.#looks[0]!, this.#looks.at(-1)!];
    const { state } = last;
    const seconds = (last.atNs - first.atNs) / 1e9;
    const rate = (now: number | undefined, then: number | undefined) =>
      seconds > 0 && now !== undefined && then !== undefined ? Math.max(0, now - then) / seconds : undefined;
    const before = new Map(first.state.channels.map((each) => [each.name, each]));
    const channels = state.channels.map((each): SnapshotChannel => {
      const { name, count, bytes, firstNs, lastNs } = each;
      // Of what is over, the rate that it had; what came all at once had none.
      const lifeS = state.phase === "ended" && firstNs !== undefined && lastNs !== undefined
        ? Number(lastNs - firstNs) / 1e9
        : undefined;
      const over = (total: number | undefined) =>
        total === undefined || lifeS === undefined || lifeS < SHORTEST_S ? undefined : total / lifeS;
      return {
        ...each,
        ...some({
          hz: lifeS === undefined ? rate(count, before.get(name)?.count) : over(count - 1),
          bytesPerS: lifeS === undefined ? rate(bytes, before.get(name)?.bytes) : over(bytes),
          firstNs: text(firstNs),
          lastNs: text(lastNs),
        }),
      } as SnapshotChannel;
    });
    const sum = (of: (each: SnapshotChannel) => number | undefined) =>
      channels.reduce((sum, each) => sum + (of(each) ?? 0), 0);
    const { recording, clock } = state;
    const bytesPerS = rate(recording?.bytes, first.state.recording?.bytes);
    // A replay has the time of what was recorded, and began today.
    const beganNs = last.replay?.firstNs ?? startedNs;
    return {
      ...{ id, name, kind, phase: state.phase, startedNs: `${startedNs}`, timeNs: `${state.timeNs}` },
      elapsedMs: Math.max(0, Number(state.timeNs - beganNs) / 1e6),
      totals: {
        count: sum(({ count }) => count),
        ...(channels.some(({ bytes }) => bytes !== undefined) && { bytes: sum(({ bytes }) => bytes) }),
        drops: recording?.drops ?? sum(({ drops }) => drops),
        ...(channels.some(({ hz }) => hz !== undefined) && { hz: sum(({ hz }) => hz) }),
        ...(channels.some(({ bytesPerS }) => bytesPerS !== undefined) && {
          bytesPerS: sum(({ bytesPerS }) => bytesPerS),
        }),
      },
      trend: this.#trend,
      nodes: this.#nodes(first.state, state, seconds),
      edges: state.edges,
      channels,
      ...some({
        recording: recording && { ...recording, ...some({ bytesPerS, hoursLeft: hoursLeft(recording, bytesPerS) }) },
        clock,
        replay: last.replay && this.#replay(first.replay, last.replay, seconds),
      }),
      warnings: state.warnings.map((each) => ({ ...each, timeNs: `${each.timeNs}` })),
    } as Snapshot;
  }

  #nodes(then: ObservedState, now: ObservedState, seconds: number): SnapshotNode[] {
    const before = new Map(then.nodes.map((node) => [node.id, node]));
    return now.nodes.map(({ id, type, state, frames, busyNs, blockedNs, isBlocked, lastError, ...counts }) => {
      const old = before.get(id);
      const grown = (now: number | undefined, then: number | undefined) =>
        seconds > 0 && now !== undefined && then !== undefined ? Math.max(0, now - then) / seconds : undefined;
      const share = (ns: number | undefined) => ns === undefined ? undefined : Math.min(1, ns / 1e9);
      const seenBlocked = isBlocked === undefined
        ? undefined
        : this.#looks.filter(({ blocked }) => blocked.has(id)).length / this.#looks.length;
      const { errors, restarts, drops } = counts;
      return {
        ...{ id, type, state, errors, restarts, drops },
        ...some({
          hz: grown(frames, old?.frames),
          busy: share(grown(busyNs, old?.busyNs)),
          blocked: share(grown(blockedNs, old?.blockedNs)) ?? seenBlocked,
          lastError: lastError && { ...lastError, timeNs: `${lastError.timeNs}` },
        }),
      } as SnapshotNode;
    });
  }

  #replay(then: ReplayPosition | undefined, now: ReplayPosition, seconds: number): Snapshot["replay"] {
    const played = then === undefined ? 0 : Number(now.timeNs - then.timeNs) / 1e9;
    const { isPaused, speed, frames } = now;
    return {
      ...{ isPaused, frames, timeNs: `${now.timeNs}`, firstNs: `${now.firstNs}`, lastNs: `${now.lastNs}` },
      canSeek: this.observed.replay?.seek !== undefined,
      canRestart: this.observed.replay?.restart !== undefined,
      ...(speed !== Infinity && { speed }),
      ...(seconds > 0 && { actualSpeed: Math.max(0, played / seconds) }),
    };
  }
}

function hoursLeft({ freeBytes, forgets }: ObservedRecording, bytesPerS: number | undefined): number | undefined {
  return freeBytes === undefined || forgets === true || bytesPerS === undefined || bytesPerS === 0
    ? undefined
    : freeBytes / bytesPerS / 3600;
}

function text(ns: bigint | undefined): string | undefined {
  return ns === undefined ? undefined : `${ns}`;
}

/** Without the fields that are undefined. */
function some<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
