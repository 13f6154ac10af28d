import {
  diffPipelines,
  formatDiff,
  type PipelineConfig,
  PipelineWatch,
  readPipeline,
  type ReadPipelineOptions,
} from "../pipeline/mod.ts";
import type { PipelineEditing } from "../telemetry/mod.ts";
import type { Observe } from "./load_pipeline.ts";

/** What somebody applies on the page, and who waits for it. */
interface Wish extends PromiseWithResolvers<void> {
  readonly text: string;
}

/**
 * Lets the page change the one pipeline of a run, and its stages be restarted. The file that it was read from stays as it is.
 */
export class RunEditor implements Disposable {
  readonly #isForPage: boolean;
  #current: { readonly watch: PipelineWatch; readonly options: ReadPipelineOptions } | undefined;
  #config: PipelineConfig | undefined;
  #text = "";
  readonly #wishes: Wish[] = [];
  #wake = Promise.withResolvers<void>();
  #wish: Wish | undefined;
  #ended = false;

  /** Where nobody has a page, `isForPage` is false: then a pipeline without plugins stays as it is. */
  constructor(isForPage: boolean) {
    this.#isForPage = isForPage;
  }

  /** What the pipeline of a file is built with; where there are several, only the first can be changed. */
  readonly observe = (...[, config, { path, text, registry }]: Parameters<Observe>): ReturnType<Observe> => {
    if (this.#current !== undefined || !(this.#isForPage || config.stages.some(isOfPlugin))) return {};
    const options = { registry, path };
    const watch = new PipelineWatch(config, options);
    this.#current = { watch, options };
    [this.#config, this.#text] = [config, text];
    return watch.build;
  };

  /** The pipeline that can be changed, if there is one. */
  get pipeline(): PipelineWatch | undefined {
    return this.#current?.watch;
  }

  /** What the page can do; undefined when no pipeline was loaded. */
  start(): PipelineEditing | undefined {
    if (this.#current === undefined) return undefined;
    const { watch, options } = this.#current;
    const read = (text: string) => readPipeline(text, options);
    void watch.follow(this.#texts(), {
      changing: () => {},
      changed: () => {
        [this.#config, this.#text] = [read(this.#wish!.text), this.#wish!.text];
        this.#wish?.resolve();
      },
      refused: (error) => this.#wish?.reject(error),
    }).catch((error) => this.#wish?.reject(error));
    return {
      text: () => this.#text,
      diff: (text) => formatDiff(diffPipelines(this.#config!, read(text))),
      apply: (text) => {
        if (diffPipelines(this.#config!, read(text)).isEmpty) return Promise.resolve();
        const wish = { ...Promise.withResolvers<void>(), text };
        this.#wishes.push(wish);
        this.#wake.resolve();
        return wish.promise;
      },
    };
  }

  /** Nothing more is applied. */
  [Symbol.dispose](): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *#texts(): AsyncGenerator<string> {
    while (!this.#ended) {
      this.#wish = this.#wishes.shift();
      if (this.#wish !== undefined) yield this.#wish.text;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}

/** A stage of a plugin is named `ID/NAME`, and no other has a slash. */
function isOfPlugin({ type }: PipelineConfig["stages"][number]): boolean {
  return type.type.includes("/");
}
