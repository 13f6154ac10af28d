import type { PluginManifest } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { count } from "./output.ts";
import type { Needs } from "./plugin_access.ts";
import { clean } from "./style.ts";

/** What a plugin brings, on one line: `node smooth, codec position`. */
export function brings({ provides: { nodes, stages, codecs, transports } }: PluginManifest): string {
  const all = [
    ...nodes.map(({ name }) => `node ${name}`),
    ...stages.map(({ name }) => `stage ${name}`),
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

/** How a plugin is used. */
export function printUse({ id, provides: { nodes, stages } }: PluginManifest, { out }: Context): void {
  const [node] = nodes;
  const [stage] = stages;
  if (stage !== undefined) {
    out.note("\nTo use it, in a pipeline.json:");
    out.note(clean(`  { "id": "${stage.name}", "type": "${id}/${stage.name}" }`));
  }
  if (node === undefined) return;
  const ports = (side: "in" | "out") => {
    const names = Object.keys(node[side]);
    return names.length === 0 ? [] : [`${side}: { ${names.join(", ")} }`];
  };
  out.note("\nTo use it, in a graph, in a pipeline.json or in a pipe:");
  out.note(clean(`  pluginNode("${id}", "${node.name}", { ${[...ports("in"), ...ports("out")].join(", ")} })`));
  if (stage === undefined) out.note(clean(`  { "id": "${node.name}", "type": "${id}/${node.name}" }`));
  out.note(clean(`  tinman plugin run ${nodes.length === 1 ? id : `${id}/${node.name}`}`));
}
