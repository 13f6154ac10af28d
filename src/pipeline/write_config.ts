import { wholeName } from "./dead_letters.ts";
import type { Connection, PipelineConfig, StageConfig } from "./config.ts";
import { inputsOf } from "./registry.ts";

/** A pipeline as people write it, with all defaults: what `readPipeline()` takes. Plain data, for a file or a recording. */
export interface PipelineDocument {
  /** {@linkcode PipelineConfig.settings} */
  readonly pipeline_config: Readonly<Record<string, unknown>>;
  /** {@linkcode PipelineConfig.stages} */
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  /** {@linkcode PipelineConfig.connections} */
  readonly connections: readonly Readonly<Record<string, unknown>>[];
}

/** The opposite of `readPipeline()`. */
export function writePipeline({ settings, stages, connections }: PipelineConfig): PipelineDocument {
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  return {
    pipeline_config: { ...settings },
    nodes: stages.map(({ type, ...rest }) => ({
      ...rest,
      type: type.type,
      config: withoutGaps(rest.config),
      ...(rest.dead_letters !== undefined && { dead_letters: wholeName(rest.dead_letters) }),
    })),
    // The parts of a channel are connected as one.
    connections: [...new Map(connections.map((each) => {
      const written = writeConnection(each, byId.get(each.to)!);
      return [JSON.stringify(written), written];
    })).values()],
  };
}

// The first input goes without its name: an id may look like another one with the name of an input.
function writeConnection(
  { from, input, to, ...rest }: Connection,
  target: StageConfig,
): Readonly<Record<string, unknown>> {
  return { from: wholeName(from), to: inputsOf(target.type)[0] === input ? to : `${to}.${input}`, ...rest };
}

function withoutGaps(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
