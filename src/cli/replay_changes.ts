import { basename } from "node:path";
import type { Recording } from "../log/mod.ts";
import { CHANGES, diffPipelines, formatDiff, isChange, readPipeline } from "../pipeline/mod.ts";
import type { Context } from "./command.ts";
import type { Observe } from "./load_pipeline.ts";
import { clean } from "./style.ts";

/**
 * What a pipeline is built with to be replayed on a recording of one that could be changed: it is changed where it was
 * then. Says so where it is not the pipeline that the run began with.
 */
export function replayedChanges(recording: Recording, { out }: Pick<Context, "out">): Observe | undefined {
  if (!recording.channels.some(({ name }) => name === CHANGES)) return undefined;
  return (_, config, { registry, path }) => {
    const began = firstConfig(recording);
    const lines = began === undefined ? [] : formatDiff(diffPipelines(readPipeline(began, { registry }), config));
    if (lines.length > 0) {
      out.note(
        `${clean(basename(path))} is not what the run began with; since then:\n${
          lines.map((line) => `  ${clean(line)}`).join("\n")
        }\nwhat it was: tinman log cat ${clean(recording.folder)} --channels ${CHANGES} --json`,
      );
    }
    return { changes: { registry } };
  };
}

function firstConfig(recording: Recording): unknown {
  const codec = recording.codec(CHANGES);
  for (const { data } of recording.frames({ channels: [CHANGES] })) {
    const change = codec.decode(data);
    return isChange(change) && change.number === 0 ? change.config : undefined;
  }
  return undefined;
}
