import type { StageConfig } from "./config.ts";

/** The end of a name that no channel of a configuration has. */
const PART = "/";

/**
 * Stages that name the same channel of dead letters get a part of it each, `lost/a` and `lost/b`: a channel has one
 * publisher, and a change of the pipeline goes along each on its own. Whoever is connected to `lost` reads all parts.
 */
export function divideDeadLetters(stages: readonly StageConfig[]): StageConfig[] {
  const users = Map.groupBy(stages, ({ dead_letters }) => dead_letters);
  return stages.map((stage) => {
    const { id, dead_letters } = stage;
    if (dead_letters === undefined || dead_letters === "" || users.get(dead_letters)!.length === 1) return stage;
    return { ...stage, dead_letters: `${dead_letters}${PART}${id}` };
  });
}

/** The name that people know a channel by: `lost` for a part of it. */
export function wholeName(channel: string): string {
  return channel.split(PART, 1)[0]!;
}
