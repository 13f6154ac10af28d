import type { PluginManifest } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { count } from "./output.ts";
import type { Needs } from "./plugin_access.ts";
import { clean } from "./style.ts";

/** What a plugin brings, on one line: `node smooth, codec position`. */
export function brings({ provides: { nodes, codecs, transports } }: PluginManifest): string {
  const all = [
    ...nodes.map(({ name }) => `node ${name}`),
    ...codecs.map(({ name, version }) => `codec ${name} ${version}`),
    ...transports.map(({ scheme }) => `links to ${scheme}:`),
  ];
  return all.length > 4
    ? `${all.slice(0, 3).join(", ")} and ${count(all.length - 3, "more").replace(/s$/, "")}`
    : all.join(", ") || "nothing";
}

/** Says which commands grant what a plugin still needs. */
export function printNeeds({ required, optional, standsFor }: Needs, { out }: Context): void {
  if (required !== undefined) out.note(`\nIt cannot run yet. If you agree:\n  ${clean(required)}`);
  if (optional !== undefined) out.note(`\nIt works without. If you agree:\n  ${clean(optional)}`);
  for (const { word, key } of standsFor) out.note(`  ${word} is what the graph gives it as config.${clean(key)}`);
}
