import type { Connection, PipelineConfig, StageConfig } from "./config.ts";
import { writePipeline } from "./write_config.ts";

/** One value of a configuration that changed. */
export interface ValueChange {
  /** Where it stands: `config.gain`. */
  readonly path: string;
  /** The old value; undefined where there was none. */
  readonly before: unknown;
  /** The new value; undefined where there is none. */
  readonly after: unknown;
}

/**
 * What becomes of a stage: `kept` with its state, `updated` with its state and other parameters, or made `anew`: then what
 * is left in the old one comes out first.
 */
export type StageFate = "kept" | "updated" | "anew";

/** A stage that is in both pipelines, and not the same. */
export interface StageChange {
  /** Its id. */
  readonly id: string;
  /** What becomes of it. */
  readonly fate: StageFate;
  /** What changed of it. */
  readonly values: readonly ValueChange[];
}

/** How one pipeline becomes another, see {@linkcode diffPipelines}. */
export interface PipelineDiff {
  /** Stages that are new. */
  readonly added: readonly StageConfig[];
  /** Stages that go. */
  readonly removed: readonly StageConfig[];
  /** Stages that change. */
  readonly changed: readonly StageChange[];
  /** Connections that are new. */
  readonly connected: readonly Connection[];
  /** Connections that go. */
  readonly disconnected: readonly Connection[];
  /** Connections that stay, and shed frames by another policy. */
  readonly shed: readonly (ValueChange & { readonly connection: Connection })[];
  /** What changed of `pipeline_config`. */
  readonly settings: readonly ValueChange[];
  /** Whether the two are the same. The order of nodes and connections does not count. */
  readonly isEmpty: boolean;
}

/** How the pipeline `before` becomes `after`. */
export function diffPipelines(before: PipelineConfig, after: PipelineConfig): PipelineDiff {
  const [old, young] = [byId(before), byId(after)];
  const [edgesBefore, edgesAfter] = [byEnds(before), byEnds(after)];
  const diff = {
    added: after.stages.filter(({ id }) => !old.has(id)),
    removed: before.stages.filter(({ id }) => !young.has(id)),
    changed: after.stages.flatMap((stage) => changeOf(old.get(stage.id), stage, { before, after })),
    connected: [...edgesAfter].filter(([key]) => !edgesBefore.has(key)).map(([, edge]) => edge),
    disconnected: [...edgesBefore].filter(([key]) => !edgesAfter.has(key)).map(([, edge]) => edge),
    shed: [...edgesAfter].flatMap(([key, connection]) => {
      const was = edgesBefore.get(key) ?? connection;
      const values = { path: "shed", before: was.shed ?? "block", after: connection.shed ?? "block" };
      return values.before === values.after ? [] : [{ ...values, connection }];
    }),
    settings: compare(before.settings, after.settings),
  };
  return { ...diff, isEmpty: Object.values(diff).every(({ length }) => length === 0) };
}

/** What becomes of a stage that both pipelines have. */
export function fateOf(before: StageConfig, after: StageConfig): StageFate {
  const paths = compare(written(before), written(after)).map(({ path }) => path);
  const heavy = paths.filter((path) => !POLICIES.has(path.split(".")[0]!));
  if (heavy.length === 0) return "kept";
  // A stage in a thread of its own is made there once.
  const updates = after.placement === "worker" ? [] : after.type.updates ?? [];
  const isLight = heavy.every((path) => path.startsWith("config.") && updates.includes(path.split(".")[1]!));
  return isLight ? "updated" : "anew";
}

/** What is no matter of the stage itself, but of who watches over it. */
const POLICIES: ReadonlySet<string> = new Set(["on_error", "default_frame", "restart", "dead_letters", "timeout_ms"]);

function changeOf(
  was: StageConfig | undefined,
  stage: StageConfig,
  { before, after }: { readonly before: PipelineConfig; readonly after: PipelineConfig },
): readonly StageChange[] {
  if (was === undefined) return [];
  const values = compare(written(was), written(stage)).filter(({ path, before: from, after: to }) =>
    // That of the pipeline is shown once, and not for each stage that goes by it.
    path !== "timeout_ms" || from !== before.settings.stage_timeout_ms || to !== after.settings.stage_timeout_ms
  );
  return values.length === 0 ? [] : [{ id: stage.id, fate: fateOf(was, stage), values }];
}

function written(stage: StageConfig): Readonly<Record<string, unknown>> {
  const { id: _, ...rest } = writePipeline({ settings: NO_SETTINGS, stages: [stage], connections: [] }).nodes[0]!;
  return rest;
}

const NO_SETTINGS = { channel_capacity: 1, priority: "normal", stage_timeout_ms: 0 } as const;

function byId({ stages }: PipelineConfig): ReadonlyMap<string, StageConfig> {
  return new Map(stages.map((stage) => [stage.id, stage]));
}

function byEnds({ connections }: PipelineConfig): ReadonlyMap<string, Connection> {
  return new Map(connections.map((each) => [edgeKey(each), each]));
}

/** Tells connections apart. */
export function edgeKey({ from, to, input }: Connection): string {
  return JSON.stringify([from, to, input]);
}

/** The values in which two objects differ, by path; lists are compared as a whole. */
function compare(before: object, after: object, at = ""): ValueChange[] {
  const [old, young] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>];
  return [...new Set([...Object.keys(old), ...Object.keys(young)])].flatMap((key) => {
    const path = at === "" ? key : `${at}.${key}`;
    const [from, to] = [old[key], young[key]];
    if (isObject(from) && isObject(to)) return compare(from, to, path);
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, before: from, after: to }];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
