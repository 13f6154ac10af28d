import { basename } from "node:path";
import { TinmanError } from "../errors/mod.ts";
import { readFile } from "../files/mod.ts";
import {
  buildGraph,
  type BuildOptions,
  type PipelineConfig,
  readPipeline,
  type ReadPipelineOptions,
} from "../pipeline/mod.ts";
import type { Graph } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { stageRegistry } from "./stage_registry.ts";

const MAX_BYTES = 16 * 2 ** 20;

/** Whether a file is a configuration of a pipeline, by its name. */
export function isPipelineFile(path: string): boolean {
  return /\.jsonc?$/.test(path);
}

/** What the pipeline of a file is built with, besides what is in the file. */
export type Observe = (
  name: string,
  config: PipelineConfig,
  /** How it was read, and the text. */
  file: ReadPipelineOptions & { readonly path: string; readonly text: string },
) => Pick<BuildOptions, "observer" | "elapsedNs" | "pool" | "changes" | "triggers">;

/**
 * The graph of a pipeline in a file of JSON with comments. Nobody triggers its sources but `trigger_every_ms` and
 * `trigger_count`: once, where they say nothing.
 *
 * @throws {TinmanError} `CONFIG`, with all that is wrong.
 */
export function loadPipeline(
  path: string,
  { context, names, observe }: {
    readonly context: Pick<Context, "io" | "path">;
    readonly names: readonly string[];
    readonly observe?: Observe | undefined;
  },
): Graph {
  if (names.length > 0) {
    throw new TinmanError("USAGE", `Cannot take ${names.join(", ")} from ${path}: it is a pipeline, not a module`, {
      argument: path,
      hint: `name its nodes with --only: ${basename(path)} --only ${names[0]}`,
    });
  }
  const text = new TextDecoder().decode(readFile(context.io.files, path, MAX_BYTES));
  const options = { registry: stageRegistry(context), path };
  const config = readPipeline(text, options);
  return buildGraph(config, observe?.(basename(path).replace(/\.jsonc?$/, ""), config, { ...options, text }));
}
