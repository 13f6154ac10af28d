/// <reference lib="dom" />
import type { LivePluginState, ObservedPlugin } from "../../../telemetry/mod.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { confirm } from "./confirm.ts";
import { hintOf, memoryHint, memoryOf } from "./memory.ts";

/** Where a plugin is at work, what it takes of the machine there, and a way to have it begin anew. */
export class LiveList {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #onChanged: (plugins: readonly ObservedPlugin[]) => void;
  readonly #rows = h("ul", { class: "live" });
  #id = "";
  /** What each had worked at the look before. */
  #worked: { readonly atMs: number; readonly cpuMs: ReadonlyMap<string, number> } = { atMs: 0, cpuMs: new Map() };

  constructor(view: View, onChanged: (plugins: readonly ObservedPlugin[]) => void) {
    [this.#view, this.#onChanged] = [view, onChanged];
    this.element = h("div", {}, h("h3", { text: "At work in this process" }), this.#rows);
  }

  /** Shows where this plugin is at work. */
  show({ id, live }: ObservedPlugin): void {
    if (this.#id !== id) this.#worked = { atMs: 0, cpuMs: new Map() };
    this.#id = id;
    this.element.hidden = live.length === 0;
    const before = this.#worked;
    const atMs = performance.now();
    this.#worked = { atMs, cpuMs: new Map(live.map((each) => [keyOf(each), each.cpuMs ?? NaN])) };
    keyed(this.#rows, live, {
      key: keyOf,
      make: (each) => this.#row(each),
      update: (element, each) => {
        const [, restarts, memory, processor] = element.querySelectorAll("dd");
        setText(restarts!, each.restarts === 0 ? "not yet" : times(each.restarts));
        setText(memory!, memoryOf([each]));
        setAttribute(memory!, "title", hintOf([each]) ?? memoryHint(each));
        const workedMs = (each.cpuMs ?? NaN) - (before.cpuMs.get(keyOf(each)) ?? NaN);
        setText(processor!, format.share(workedMs >= 0 ? workedMs / (atMs - before.atMs) : undefined));
      },
    });
  }

  #row(each: LivePluginState): HTMLElement {
    const { kind, name, tier } = each;
    const restart = this.#view.isReadOnly || kind === "link" ? false : h("button", {
      ...{ class: "quiet", text: "Restart", "aria-label": `restart ${kind} ${name}` },
      onClick: (event) => void this.#restart(each, event.currentTarget as HTMLButtonElement),
    });
    return h(
      "li",
      { class: "access" },
      h("div", { class: "row" }, h("strong", { text: `${kind} ${name}` }), h("span", { class: "grow" }), restart),
      h(
        "dl",
        { class: "facts" },
        h("div", {}, h("dt", { text: "runs in" }), h("dd", { text: tier })),
        ...["restarted", "memory", "processor"].map((text) =>
          h("div", {}, h("dt", { text }), h("dd", { class: "num" }))
        ),
      ),
    );
  }

  async #restart({ kind, name }: LivePluginState, button: HTMLButtonElement): Promise<void> {
    const id = this.#id;
    const { signal } = this.#view;
    const isSure = await confirm({
      ...{ title: `Restart ${kind} ${name}?`, action: "Restart", signal },
      lines: [
        `The plugin ${id} is ended and begins anew, with what is granted now. What it kept in its memory is lost.`,
        kind === "stage"
          ? "It does the frames that came before, so none is lost or comes twice. A frame that it is at work on for longer than 5 s has failed; on_error and restart of the stage say what then."
          : "It does the messages that it was given, and has up to 5 s for that. What it holds longer is lost, and said. The rest waits for its successor.",
      ],
    });
    if (!isSure) return;
    button.disabled = true;
    try {
      const { plugins } = await this.#view.post("/api/plugins/restart", { id, name });
      this.#view.say(`${name} was restarted`);
      this.#onChanged(plugins);
    } catch (error) {
      this.#view.say((error as Error).message);
    } finally {
      button.disabled = false;
    }
  }
}

function keyOf({ kind, name, tier }: LivePluginState): string {
  return `${kind} ${name} ${tier}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${format.count(count)} times`;
}
