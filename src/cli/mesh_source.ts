import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { FieldValue } from "../mesh/mod.ts";
import type { MeshLook, MeshParts, Observed, ObservedWarning } from "../telemetry/mod.ts";
import type { Mesh } from "./mesh_asks.ts";

/** Options of {@linkcode openMeshSource}. */
export interface MeshSourceOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Whether peers are met. */
  readonly isRunning: boolean;
}

/** How long an answer is good for; longer where it took long, so that looking takes a tenth of the time at most. */
const FRESH_NS = 1e9;
const SHARE = 10;

/** A dataset as the inspector sees it: what commands ask, here or of the process that has it. The mesh stays the caller's. */
export function openMeshSource(opened: Mesh, { name, clock, isRunning }: MeshSourceOptions): Observed {
  const mesh = inTurn(opened);
  const startedNs = clock.now();
  let looked: { untilNs: number; readonly answer: Promise<MeshLook> } | undefined;
  let warnings: readonly ObservedWarning[] = [];
  let failed = false;
  const look = async (): Promise<MeshLook> => {
    try {
      const [status, peers, air, feeds, members, conflicts] = await Promise.all([
        ...[mesh.ask("status", {}), mesh.ask("peers", {}), mesh.ask("air", {})] as const,
        ...[mesh.ask("frontier", {}), mesh.ask("members", {}), mesh.ask("conflicts", {})] as const,
      ]);
      const timeNs = clock.now();
      // What was said before keeps its time.
      warnings = status.warnings.map((message) =>
        warnings.find((each) => each.message === message) ?? { timeNs, level: "warn", node: "", message }
      );
      failed = false;
      return {
        status,
        isRunning,
        peers,
        ...(air !== null && { air }),
        feeds,
        members,
        conflicts: conflicts.slice(0, MAX_CONFLICTS),
      };
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const parts: MeshParts = {
    look() {
      const atNs = clock.elapsedNs();
      if (looked !== undefined && atNs < looked.untilNs) return looked.answer;
      const asked = looked = { untilNs: Infinity, answer: look() };
      const done = () => {
        const nowNs = clock.elapsedNs();
        asked.untilNs = Math.max(atNs + FRESH_NS, nowNs + SHARE * (nowNs - atNs));
      };
      asked.answer.then(done, done);
      return asked.answer;
    },
    records: (options) => mesh.ask("records", { ...options, deleted: true }),
    async record(record) {
      const [found, history, conflicts] = await Promise.all([
        mesh.ask("record", { record }),
        mesh.ask("history", { record }),
        mesh.ask("conflicts", { record }),
      ]);
      return { record: found, history: history.slice(0, MAX_HISTORY), conflicts };
    },
    async resolve(record, { what, choice }) {
      looked = undefined;
      return (await mesh.ask("resolve", { record, what, choice })).events;
    },
    async restore(record, { device, seq }) {
      looked = undefined;
      const history = await mesh.ask("history", { record });
      const entry = history.find((each) => each.device === device && each.seq === seq);
      if (entry === undefined) {
        const id = `${device.slice(0, 8)}.${seq}`;
        throw new TinmanError("NOT_FOUND", `Cannot restore event ${id}: it wrote nothing to this record`, {
          kind: "event",
          id,
        });
      }
      const { what, field, value } = entry;
      if (what === "field") {
        const change = { kind: "field.set", record, field: field!, value: value as FieldValue } as const;
        return (await mesh.ask("apply", { changes: [change] })).events;
      }
      if (what === "state" && value === false || what === "form") return (await mesh.ask("restore", { record })).events;
      throw new TinmanError("CONFIG", `Cannot restore a ${what} here: only fields, and records that were deleted`, {});
    },
  };
  return {
    ...{ name, kind: "mesh", startedNs, mesh: parts },
    look: () => ({
      ...{ phase: failed ? "failed" : "running", timeNs: clock.now() },
      ...{ nodes: [], edges: [], channels: [], warnings },
    }),
    tail: () => undefined,
    decode: (_, data) => data,
  };
}

const MAX_CONFLICTS = 1000;
const MAX_HISTORY = 2000;

/** Asks one question after the other: over a socket, answers come in the order of the questions. */
function inTurn(mesh: Mesh): Pick<Mesh, "ask"> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(name, options) {
      const answer = last.then(() => mesh.ask(name, options));
      last = answer.catch(() => {});
      return answer;
    },
  };
}
