import { TinmanError } from "../errors/mod.ts";
import type { Connection, PipelineConfig, StageConfig } from "./config.ts";
import { edgeKey, fateOf, type StageFate } from "./diff.ts";
import { endsOf, feedsOf, namesOf } from "./layout.ts";

/** One configuration at work. */
export interface Generation {
  readonly config: PipelineConfig;
  /** {@linkcode endsOf} */
  readonly ends: ReadonlySet<string>;
  /** Where each stage gets its frames from, by its id. */
  readonly feeds: ReadonlyMap<string, readonly Connection[]>;
  /** The keys of all of these. */
  readonly edges: ReadonlySet<string>;
}

/** The generation of a configuration. */
export function generationOf(config: PipelineConfig): Generation {
  const byStage = Map.groupBy(config.connections, ({ to }) => to);
  const feeds = new Map(config.stages.map((stage) => [stage.id, feedsOf(stage, byStage.get(stage.id) ?? [])]));
  const edges = new Set([...feeds.values()].flat().map(edgeKey));
  return { config, ends: new Set(endsOf(config)), feeds, edges };
}

/** How one generation follows another. */
export interface ChangePlan {
  readonly before: Generation;
  readonly after: Generation;
  /** What becomes of each stage that was there. */
  readonly fates: ReadonlyMap<string, StageFate | "removed">;
  /** Stages that have to be made. */
  readonly anew: readonly StageConfig[];
  /** Those of them that begin anew because somebody asked for it: when the one before is gone. */
  readonly restarted: ReadonlySet<string>;
  /** Stages that give frames by themselves, before the change. */
  readonly alone: readonly StageConfig[];
  /** Of these, those that go on doing so with their state: they never stop. */
  readonly staying: ReadonlySet<string>;
  /** Channels that are new. */
  readonly channels: readonly string[];
}

/**
 * Plans a change.
 *
 * @throws {TinmanError} `CONFIG` when a channel would go from one stage to another: both would publish to it at once.
 */
export function planChange(
  before: Generation,
  config: PipelineConfig,
  restart: readonly string[] = [],
): ChangePlan {
  checkOwners(before.config, config);
  const after = generationOf(config);
  const young = new Map(config.stages.map((stage) => [stage.id, stage]));
  const fates = new Map(
    before.config.stages.map((stage) => [stage.id, fateAfter(stage, young.get(stage.id), { before, after })]),
  );
  const restarted = new Set(restart.filter((id) => fates.get(id) === "kept" || fates.get(id) === "updated"));
  for (const id of restarted) fates.set(id, "anew");
  const alone = before.config.stages.filter(({ id }) => isAlone(id, before));
  const isKept = ({ id }: StageConfig) => fates.get(id) === "kept" || fates.get(id) === "updated";
  const old = new Set(before.config.stages.flatMap(namesOf));
  return {
    ...{ before, after, fates, alone, restarted },
    anew: config.stages.filter(({ id }) => (fates.get(id) ?? "anew") === "anew"),
    staying: new Set(alone.filter(isKept).map(({ id }) => id)),
    channels: config.stages.flatMap(namesOf).filter((name) => !old.has(name)),
  };
}

/** Whoever gave frames by itself and is called for them now, or the other way round, begins anew. */
function fateAfter(
  was: StageConfig,
  stage: StageConfig | undefined,
  { before, after }: { readonly before: Generation; readonly after: Generation },
): StageFate | "removed" {
  if (stage === undefined) return "removed";
  return isAlone(was.id, before) === isAlone(was.id, after) ? fateOf(was, stage) : "anew";
}

function isAlone(id: string, { feeds }: Generation): boolean {
  return feeds.get(id)?.length === 0;
}

function checkOwners(before: PipelineConfig, after: PipelineConfig): void {
  const owners = new Map(before.stages.flatMap((stage) => namesOf(stage).map((name) => [name, stage.id])));
  for (const { id, ...rest } of after.stages) {
    for (const name of namesOf({ id, ...rest })) {
      const owner = owners.get(name) ?? id;
      if (owner === id) continue;
      throw new TinmanError(
        "CONFIG",
        `Cannot use the new pipeline: channel "${name}" goes from "${owner}" to "${id}"`,
        {
          hint: "give it another name, or take it away in one change and bring it back in the next",
        },
      );
    }
  }
}
