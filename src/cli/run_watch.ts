import { basename } from "node:path";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { formatDiff, type PipelineDiff, PipelineWatch, watchText } from "../pipeline/mod.ts";
import type { Context } from "./command.ts";
import type { Observe } from "./load_pipeline.ts";
import { clean } from "./style.ts";

/** `--watch`: a pipeline.json that is changed while it runs changes the run. */
export class RunWatch implements Disposable {
  readonly #context: Pick<Context, "io" | "out">;
  readonly #ended = new AbortController();
  #file: { readonly watch: PipelineWatch; readonly path: string; readonly text: string } | undefined;

  /** Watches nothing yet. */
  constructor(context: Pick<Context, "io" | "out">) {
    this.#context = context;
  }

  /** What the pipeline of a file is built with; it is the one that is watched. */
  readonly observe = (...[, config, { path, text, registry }]: Parameters<Observe>): ReturnType<Observe> => {
    if (this.#file !== undefined) throw onlyOne(path);
    const watch = new PipelineWatch(config, { registry, path });
    this.#file = { watch, path, text };
    return watch.build;
  };

  /** The pipeline that is changed. */
  get pipeline(): PipelineWatch | undefined {
    return this.#file?.watch;
  }

  /**
   * Begins to look at the file.
   *
   * @throws {TinmanError} `USAGE` when no pipeline was loaded, or a part of one is to run.
   */
  start(argument: string, only: readonly string[]): void {
    if (only.length > 0) {
      throw new TinmanError("USAGE", `Cannot watch a part of ${argument}: a change is for the whole pipeline`, {
        argument,
        hint: "leave out --only",
      });
    }
    if (this.#file === undefined) throw onlyOne(argument);
    const { io: { files, environment: { clock } }, out } = this.#context;
    const { watch, path, text } = this.#file;
    const name = clean(basename(path));
    const onMissing = () => out.note(`${name} cannot be read any more, the run goes on as it was`);
    const texts = watchText(files, path, { clock, signal: this.#ended.signal, text, onMissing });
    let beganNs = 0;
    const following = watch.follow(texts, {
      changing: (diff) => {
        beganNs = clock.elapsedNs();
        out.note(`${name} changed:\n${this.#lines(diff)}`);
      },
      changed: () => out.note(`applied in ${((clock.elapsedNs() - beganNs) / 1e6).toFixed(1)} ms`),
      refused: (error) => {
        // What the run failed with, or that it has ended, it says itself.
        if (!this.#ended.signal.aborted && !isTinmanError(error, "CLOSED")) out.problem(this.#refusal(name, error));
      },
    });
    void following.catch((error) => out.problem(this.#refusal(name, error)));
    out.note(`watching ${name}: save it to change the pipeline, Ctrl-C to end`);
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  #lines(diff: PipelineDiff): string {
    const colors = { "+": "green", "-": "red", "~": "yellow" } as const;
    return formatDiff(diff).map((line) => {
      return `  ${this.#context.out.paintError(colors[line[0] as "+" | "-" | "~"], clean(line))}`;
    }).join("\n");
  }

  #refusal(name: string, error: unknown): string {
    const problems = (isTinmanError(error, "CONFIG") ? error.details.problems : undefined) ?? [];
    const said = error instanceof Error ? error.message : String(error);
    const { out } = this.#context;
    const title = out.paintError(
      "red",
      `${name} is not applied, the run goes on as it was: ${problems.length === 0 ? clean(said) : ""}`.trimEnd(),
    );
    return [title, ...problems.map((problem) => `  ${clean(problem)}`)].join("\n");
  }
}

function onlyOne(argument: string): TinmanError<"USAGE"> {
  return new TinmanError("USAGE", `Cannot watch ${argument}: --watch is for one pipeline.json`, {
    argument,
    hint: "nodes in TypeScript are loaded once; start tinman again to load them anew",
  });
}
