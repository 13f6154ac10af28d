import type { Clock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import type { BuildOptions } from "./build.ts";
import { ChangeLine } from "./change_line.ts";
import { type PipelineConfig, readPipeline, type ReadPipelineOptions } from "./config.ts";
import { diffPipelines, type PipelineDiff } from "./diff.ts";
import { watchedTriggers } from "./watched_triggers.ts";

/** Hears what comes of each text that {@linkcode PipelineWatch.follow} is given. */
export interface WatchListener {
  /** It says something else, and is going to be applied. */
  changing(diff: PipelineDiff): void;
  /** Every stage works on it. */
  changed(diff: PipelineDiff): void;
  /** It is not applied: it has problems, or a stage cannot be made. The pipeline goes on as it was. */
  refused(error: unknown): void;
}

/** Follows the text of a pipeline that runs: whenever it changes, so does the pipeline. */
export class PipelineWatch {
  readonly #line: ChangeLine;
  readonly #options: ReadPipelineOptions;
  /** What the graph of the pipeline is built with, once. */
  readonly build: Pick<BuildOptions, "changes" | "triggers">;

  /** Begins with a configuration that was read with these options. */
  constructor(config: PipelineConfig, options: ReadPipelineOptions) {
    this.#line = new ChangeLine(config);
    this.#options = options;
    const { registry } = options;
    this.build = { changes: { registry, listener: this.#line }, triggers: watchedTriggers(this.#line) };
  }

  /** Has stages begin anew, see {@linkcode Pipeline.restart}. @throws {TinmanError} */
  async restart(ids: readonly string[]): Promise<void> {
    await this.#line.restart(ids);
  }

  /** Whether the pipeline has this stage now. */
  has(id: string): boolean {
    return this.#line.config.stages.some((stage) => stage.id === id);
  }

  /** Applies one text after the other; ends with them. */
  async follow(texts: AsyncIterable<string>, listener: WatchListener): Promise<void> {
    for await (const text of texts) {
      try {
        const config = readPipeline(text, this.#options);
        const diff = diffPipelines(this.#line.config, config);
        if (diff.isEmpty) continue;
        listener.changing(diff);
        await this.#line.apply(config);
        listener.changed(diff);
      } catch (error) {
        listener.refused(error);
      }
    }
  }
}

/** Options of {@linkcode watchText}. */
export interface WatchTextOptions {
  /** Time between two looks. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. @default {200} */
  readonly everyMs?: number;
  /** What the file said before. */
  readonly text: string;
  /** Called when it cannot be read at two looks after one another: it was removed, or is too large. */
  readonly onMissing?: (() => void) | undefined;
}

/** Largest file that is read. */
const MAX_BYTES = 16 * 2 ** 20;

/**
 * The text of a file each time it says something new, and has said so for two looks: whoever writes it may be in the middle
 * of it. It is looked at from time to time, so it does not matter whether an editor writes into the file or puts another in
 * its place, nor what kind of disk it lies on.
 */
export async function* watchText(files: Files, path: string, options: WatchTextOptions): AsyncGenerator<string> {
  const { clock, signal, everyMs = 200, onMissing } = options;
  let told = options.text;
  let seen = told;
  let missed = 0;
  try {
    for await (const _ of clock.every(everyMs, { signal })) {
      const text = tryRead(files, path);
      if (text !== undefined && text !== told && text === seen) yield told = text;
      seen = text ?? seen;
      missed = text === undefined ? missed + 1 : 0;
      if (missed === 2) onMissing?.();
    }
  } catch (reason) {
    if (!signal.aborted) throw reason;
  }
}

function tryRead(files: Files, path: string): string | undefined {
  try {
    if (files.stat(path)?.kind !== "file") return undefined;
    return new TextDecoder().decode(readFile(files, path, MAX_BYTES));
  } catch (error) {
    // It is being replaced, is too large for now, or may not be read: the next look will tell.
    if (isTinmanError(error)) return undefined;
    throw error;
  }
}
