import { isTinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { describeGrants, needsOf, tierOf } from "../plugin_access.ts";
import { brings } from "../plugin_describe.ts";
import { openStore } from "../plugin_project.ts";

/** `tinman plugin list` */
export const pluginList = defineCommand({
  name: "plugin list",
  summary: "List the plugins of the project, and what each may do",
  about: "Reads and hashes every byte of them. Those whose ids begin with tinman. come with tinman.",
  args: [],
  flags: { added: { type: "boolean", summary: "Leave out those that come with tinman" } },
  examples: [["tinman plugin list", "all of them"], [
    "tinman plugin list --json | jq -r '.plugins[].id'",
    "for a program",
  ]],
  exits: { 5: "the bytes of one are not those that were added" },
  json: "object",
  run(context) {
    const { flags, out, settings } = context;
    const store = openStore(context);
    const plugins = store.list().filter(({ builtin }) => !flags.added || !builtin).map((listed) => {
      const { id, version, builtin, manifest, problem } = listed;
      const required = manifest === undefined ? undefined : needsOf(manifest, store).required;
      const state = problem !== undefined
        ? isTinmanError(problem, "INTEGRITY") ? "changed" : "broken"
        : required === undefined
        ? "ready"
        : "not granted";
      return {
        id,
        version,
        builtin,
        state,
        ...(manifest !== undefined && { provides: manifest.provides, brings: brings(manifest) }),
        ...(manifest !== undefined && { tier: tierOf(manifest, store) }),
        grants: store.grantsOf(id),
        ...(required !== undefined && { fix: required }),
        ...(problem !== undefined && { problem: problem as Error }),
      };
    });
    const problems = plugins.flatMap(({ problem }) => problem === undefined ? [] : [problem]);
    if (settings.json) out.json({ v: 1, plugins });
    else if (plugins.length === 0) {
      out.note("no plugins; tinman plugin add FOLDER, or make one: tinman plugin new NAME");
    } else {
      const head = ["plugin", "version", "brings", "may", "runs in", "state"];
      out.table(
        head,
        plugins.map((each) => [
          each.id,
          each.version,
          each.brings ?? "?",
          describeGrants(each.grants),
          each.tier ?? "–",
          each.state,
        ]),
      );
      for (const { message, hint } of problems as { message: string; hint?: string }[]) {
        out.note(`\n${message}${hint === undefined ? "" : `\n  fix: ${hint}`}`);
      }
    }
    return problems.some((problem) => isTinmanError(problem, "INTEGRITY")) ? 5 : 0;
  },
});
