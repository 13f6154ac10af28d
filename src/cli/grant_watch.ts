import { readFile } from "../files/mod.ts";
import { GRANTS_FILE } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { LivePlugins } from "./live_plugins.ts";
import { clean } from "./style.ts";

/** Milliseconds between two looks; a change counts when two looks see the same, as somebody may be in the middle of it. */
const EVERY_MS = 500;
/** Larger than any file of grants that is read. */
const MAX_BYTES = 2 ** 21;

/**
 * Looks at the grants of the project while plugins are at work: whoever holds what another process, or a person with an
 * editor, has taken back is ended, as by a click on the page. Without plugins it does nothing.
 */
export class GrantWatch implements Disposable {
  readonly #context: Pick<Context, "io" | "out" | "path">;
  readonly #live: LivePlugins;
  readonly #ended = new AbortController();
  readonly #listening: Disposable;
  #isLooking = false;
  /** Whether one began to work since the last look: what it was opened with may be taken back already. */
  #isNew = false;

  /** Begins to look when the first plugin is at work. */
  constructor(context: Pick<Context, "io" | "out" | "path">) {
    this.#context = context;
    this.#live = LivePlugins.of(context.io);
    this.#listening = this.#live.onAdd(() => this.#added());
    if (this.#live.all.length > 0) this.#added();
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#ended.abort();
  }

  #added(): void {
    this.#isNew = true;
    if (this.#isLooking || this.#ended.signal.aborted) return;
    this.#isLooking = true;
    void this.#look().catch(() => {}); // it was ended
  }

  async #look(): Promise<void> {
    const { clock } = this.#context.io.environment;
    let seen = this.#text();
    let told = seen;
    for await (const _ of clock.every(EVERY_MS, { signal: this.#ended.signal })) {
      this.#isLooking = this.#live.all.length > 0;
      if (!this.#isLooking) return;
      const text = this.#text();
      const isSettled = text === seen;
      seen = text;
      if (!isSettled || text === told && !this.#isNew) continue;
      told = text;
      this.#isNew = false;
      this.#withdraw();
    }
  }

  #withdraw(): void {
    const { out } = this.#context;
    try {
      this.#live.withdrawTaken((line) => out.note(`${GRANTS_FILE}: ${clean(line)}`));
    } catch (error) {
      const said = clean(error instanceof Error ? error.message : String(error));
      out.problem(out.paintError("yellow", `warning: ${said}; plugins that are at work go on with what they have`));
    }
  }

  /** What the file says; undefined where it is not, or cannot be read: that tells whoever asks what is granted. */
  #text(): string | undefined {
    const { io: { files }, path } = this.#context;
    try {
      const bytes = readFile(files, path(GRANTS_FILE), MAX_BYTES);
      return bytes && new TextDecoder().decode(bytes);
    } catch {
      return undefined;
    }
  }
}
