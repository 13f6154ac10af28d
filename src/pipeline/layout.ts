import { type Connection, type PipelineConfig, type StageConfig, stageInputs, TRIGGER } from "./config.ts";
import { outputChannels, outputsOf } from "./registry.ts";

/** The channels that a stage publishes to. */
export function namesOf({ id, type, dead_letters }: StageConfig): string[] {
  return [...outputChannels(id, type), ...dead_letters === undefined ? [] : [dead_letters]];
}

/** The channels that frames come out of, because nothing is connected to them, and stages that have no output. */
export function endsOf({ stages, connections }: PipelineConfig): string[] {
  const used = new Set(connections.map(({ from }) => from));
  return stages.flatMap(namesOf).filter((name) => !used.has(name));
}

/** Where a stage gets its frames from: its connections, or the triggers where it has none and does nothing by itself. */
export function feedsOf(stage: StageConfig, connections: readonly Connection[]): readonly Connection[] {
  const feeds = connections.filter(({ to }) => to === stage.id);
  if (feeds.length > 0 || stage.type.selfDriven === true) return feeds;
  return [{ from: TRIGGER, to: stage.id, input: stageInputs(stage)[0] ?? TRIGGER }];
}

/** The stages that are called by triggers. */
export function triggeredBy({ stages, connections }: PipelineConfig): string[] {
  const fed = new Set(connections.map(({ to }) => to));
  return stages.filter(({ id, type }) => !fed.has(id) && type.selfDriven !== true).map(({ id }) => id);
}

/** The channel of an output of a stage, the first without a name. */
export function channelOf({ id, type }: StageConfig, output: string | undefined): string {
  const all = outputsOf(type);
  const name = outputChannels(id, type)[output === undefined ? 0 : all.indexOf(output)];
  if (name !== undefined) return name;
  throw new RangeError(
    `it gave a frame for output ${JSON.stringify(output)}; ${type.type} has ${all.join(", ") || "none"}`,
  );
}

/** The name under which the node of a stage sees one of its channels. */
export function portOf({ id, type, dead_letters }: StageConfig, channel: string): string {
  if (channel === dead_letters) return "dead";
  const at = outputChannels(id, type).indexOf(channel);
  return at === 0 ? "out" : `out${at}`;
}
