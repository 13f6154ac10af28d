/// <reference lib="dom" />
import type { ObservedPlugin, PluginAccess } from "../../../telemetry/mod.ts";
import { h, keyed, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import type { Snapshot } from "../../snapshot.ts";
import { confirm } from "./confirm.ts";
import { LiveList } from "./live_list.ts";

/** What happens from a plugin. */
export interface PluginDetailsOptions {
  readonly onClose: () => void;
  /** Something was taken back, or began anew; this is how all are now. */
  readonly onChanged: (plugins: readonly ObservedPlugin[]) => void;
}

/** One plugin: whose it is, what it asks for and why, what it was granted and used, and a way to take that back. */
export class PluginDetails {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #options: PluginDetailsOptions;
  readonly #live: LiveList;
  readonly #title = h("h2");
  readonly #body = h("div", { class: "sheet" });
  readonly #heard = h("ul", { class: "heard" });
  readonly #heardHead = h("h3", { text: "Said of it in this run" });
  #shown: string | undefined;
  #id: string | undefined;
  #snapshot: Snapshot | undefined;

  constructor(view: View, options: PluginDetailsOptions) {
    [this.#view, this.#options] = [view, options];
    this.#live = new LiveList(view, options.onChanged);
    this.element = h(
      "aside",
      { class: "details frame plugin", "aria-label": "plugin", hidden: true },
      h(
        "div",
        { class: "row" },
        this.#title,
        h("span", { class: "grow" }),
        h("button", { class: "quiet", "aria-label": "close", text: "✕", onClick: options.onClose }),
      ),
      this.#live.element,
      this.#body,
      this.#heardHead,
      this.#heard,
    );
  }

  /** Shows a plugin; nothing for none. */
  show(plugin: ObservedPlugin | undefined): void {
    this.element.hidden = plugin === undefined;
    this.#id = plugin?.id;
    if (plugin !== undefined) this.#live.show(plugin);
    const text = JSON.stringify({ ...plugin, live: undefined });
    // What has not changed is not touched, so that a selection stays.
    if (plugin === undefined || text === this.#shown) return;
    this.#shown = text;
    setText(this.#title, plugin.id);
    this.#fill(plugin);
    if (this.#snapshot !== undefined) this.hear(this.#snapshot);
  }

  /** What the run says of it: refusals, failures. */
  hear(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    const id = this.#id;
    if (id === undefined) return;
    const said = [
      ...snapshot.warnings.map(({ message, timeNs }) => ({ message, timeNs })),
      ...snapshot.nodes.flatMap(({ lastError }) => lastError ?? []),
    ].filter(({ message }) => message.includes(id));
    const lines = [...new Map(said.map((each) => [each.message, each])).values()].slice(-20).toReversed();
    this.#heardHead.hidden = lines.length === 0;
    keyed(this.#heard, lines, {
      key: ({ message }) => message,
      make: ({ message, timeNs }) =>
        h("li", {}, h("span", { class: "dim num", text: format.time(timeNs, { date: false }) }), ` ${message}`),
    });
  }

  #fill(plugin: ObservedPlugin): void {
    const { version, isBuiltin, state, problem, fix, sha256, signer, addedAt, tier, limits, runs, lastNs } = plugin;
    const facts: readonly (readonly [string, string | undefined])[] = [
      ["title", plugin.title],
      ["version", version],
      ["state", state],
      ["brings", plugin.brings],
      ["runs in", tier],
      ["memory", limits && `${limits.memoryMB} MiB at most`],
      [
        "answers",
        limits && `within ${format.duration(limits.stallMs)}, starts within ${format.duration(limits.startMs)}`,
      ],
      [
        "opened",
        runs === 0 ? "not yet" : `${runs === 1 ? "once" : `${format.count(runs)} times`}, last ${format.time(lastNs)}`,
      ],
      ["added", isBuiltin ? "it comes with tinman" : addedAt],
      ["signed by", signer ?? (isBuiltin ? undefined : "nobody")],
      ["sha256", sha256],
    ];
    this.#body.replaceChildren(
      ...problem === undefined ? [] : [h("pre", { class: "error", text: problem })],
      h(
        "dl",
        { class: "facts" },
        ...facts.filter(([, value]) => value !== undefined).map(([name, value]) =>
          h("div", {}, h("dt", { text: name }), h("dd", { class: name === "sha256" ? "mono hash" : "", text: value! }))
        ),
      ),
      ...fix === undefined
        ? []
        : [h("p", { class: "dim", text: "To let it work, if you agree:" }), h("code", { text: fix })],
      h("h3", { text: "Asked, granted, used" }),
      ...plugin.access.length === 0
        ? [h("p", { class: "dim", text: "It asks for nothing: it can only compute." })]
        : plugin.access.map((access) => this.#access(plugin.id, access)),
    );
  }

  #access(id: string, access: PluginAccess): HTMLElement {
    const { capability, asked, why, isOptional, danger, granted, used, verdict } = access;
    const canRevoke = granted.length > 0 && !this.#view.isReadOnly;
    return h(
      "div",
      { class: "access" },
      h(
        "div",
        { class: "row" },
        h("strong", { text: capability }),
        danger !== undefined && h("span", { class: "pill", "data-state": "failed", title: danger, text: "dangerous" }),
        granted.length === 0 &&
          h("span", { class: "pill", text: isOptional ? "not granted, works without" : "not granted" }),
        h("span", { class: "grow" }),
        canRevoke && h("button", {
          ...{ class: "quiet", text: "Revoke", "aria-label": `revoke ${capability}` },
          onClick: () => void this.#revoke(id, capability, isOptional),
        }),
      ),
      h(
        "dl",
        { class: "facts" },
        fact("asks for", asked === undefined ? "it does not ask for this" : asked === "–" ? "it" : asked),
        why !== undefined && fact("says why", why),
        fact("granted", valuesOf(granted)),
        fact("used", used.length === 0 ? "never in force" : valuesOf(used)),
      ),
      verdict?.level === "warn" && h("p", { "data-tone": "warn", text: verdict.message }),
    );
  }

  async #revoke(id: string, capability: string, isOptional: boolean): Promise<void> {
    const isSure = await confirm({
      ...{ title: `Revoke ${capability}?`, action: "Revoke", signal: this.#view.signal },
      lines: [
        `It is taken back from ${id} at once. Where the plugin is at work with it, it is ended and begins anew without; what it kept in its memory is lost.`,
        isOptional
          ? "It works without."
          : "It cannot do without: its node fails with DENIED, or its stage does so by its on_error, and the run may end.",
      ],
    });
    if (!isSure) return;
    try {
      const { plugins, said } = await this.#view.post("/api/plugins/revoke", { id, capability }) as {
        plugins: readonly ObservedPlugin[];
        said: readonly string[];
      };
      this.#view.say(["Taken back", ...said].join(". "));
      this.#options.onChanged(plugins);
    } catch (error) {
      this.#view.say((error as Error).message);
    }
  }
}

function fact(name: string, value: string): HTMLElement {
  return h("div", {}, h("dt", { text: name }), h("dd", { text: value }));
}

function valuesOf(values: readonly string[]): string {
  return values.length === 0 ? "nothing" : values.includes("*") ? "all of it" : values.join(", ");
}
