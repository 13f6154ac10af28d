/// <reference lib="dom" />
import type { ObservedPlugin, PluginAccess } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page } from "../page.ts";
import { PluginDetails } from "../plugins/details.ts";
import { hintOf, memoryOf } from "../plugins/memory.ts";
import { refresh } from "../refresh.ts";

const TONE = { "ready": "good", "not granted": "warn", "changed": "bad", "broken": "bad" } as const;

/** The plugins of the project: whether they are what was added, what they may do, and what they came to use. */
export const page: Page = {
  keys: [["↑ ↓", "the plugin before, the next"], ["Esc", "close the plugin"]],
  open(view) {
    const { main, param, setParam, onKey, onSnapshot } = view;
    const problem = h("p", { class: "notice", role: "alert", hidden: true });
    let plugins: readonly ObservedPlugin[] = [];
    const choose = (id: string) => {
      setParam("plugin", id);
      details.show(plugins.find((each) => each.id === id));
    };
    const show = (found: readonly ObservedPlugin[]) => {
      // What somebody added is what they look for.
      plugins = found.toSorted((a, b) => Number(a.isBuiltin) - Number(b.isBuiltin));
      problem.hidden = true;
      table.show(plugins);
      details.show(plugins.find(({ id }) => id === param("plugin")));
    };
    const details = new PluginDetails(view, { onClose: () => choose(""), onChanged: show });
    const table = new DataTable<ObservedPlugin>({
      label: "plugins",
      key: ({ id }) => id,
      order: { get: () => param("sort"), set: (order) => setParam("sort", order) },
      onChoose: ({ id }) => choose(id),
      empty: "no plugins: tinman plugin add FOLDER",
      columns: [
        { title: "plugin", text: ({ id }) => id },
        { title: "version", text: ({ version, isBuiltin }) => isBuiltin ? "with tinman" : version },
        { title: "state", text: ({ state }) => state, tone: toneOf },
        {
          title: "at work",
          isNumber: true,
          text: ({ live }) => live.length === 0 ? "" : format.count(live.length),
          sort: ({ live }) => live.length,
        },
        {
          title: "memory",
          isNumber: true,
          text: ({ live }) => live.length === 0 ? "" : memoryOf(live),
          hint: ({ live }) => hintOf(live),
          sort: ({ live }) => live.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0),
        },
        { title: "may", text: ({ access }) => mayOf(access) },
        { title: "runs in", text: ({ tier }) => tier ?? format.UNKNOWN },
        { title: "brings", text: ({ brings }) => brings ?? format.UNKNOWN },
        { title: "opened", isNumber: true, text: ({ runs }) => format.count(runs), sort: ({ runs }) => runs },
        {
          title: "audit",
          text: ({ access }) => idleOf(access) === 0 ? "" : `${idleOf(access)} not used`,
          tone: () => "warn",
        },
      ],
    });
    main.append(
      problem,
      h("div", { class: "split" }, h("div", { class: "scroll" }, table.element), details.element),
    );
    refresh<{ plugins: readonly ObservedPlugin[] }>(view, {
      path: "/api/plugins",
      everyMs: 3000,
      onData: (data) => show(data.plugins),
      onError: (error) => {
        problem.hidden = false;
        setText(problem, error.message);
        setAttribute(problem, "data-tone", "bad");
      },
    });
    onSnapshot((snapshot) => details.hear(snapshot));
    const step = (by: 1 | -1) => {
      const at = plugins.findIndex(({ id }) => id === param("plugin"));
      const next = plugins[Math.min(plugins.length - 1, Math.max(0, at + by))];
      if (next !== undefined) choose(next.id);
    };
    onKey("ArrowDown", () => step(1));
    onKey("ArrowUp", () => step(-1));
    onKey("Escape", () => choose(""));
  },
};

/** What nobody has used so far needs no attention. */
function toneOf({ state, isBuiltin, runs }: ObservedPlugin): string | undefined {
  return isBuiltin && runs === 0 && state === "not granted" ? undefined : TONE[state];
}

function mayOf(access: readonly PluginAccess[]): string {
  const granted = access.filter(({ granted }) => granted.length > 0).map(({ capability }) => capability);
  return granted.length === 0 ? "compute" : granted.join(", ");
}

function idleOf(access: readonly PluginAccess[]): number {
  return access.filter(({ verdict }) => verdict?.level === "warn").length;
}
