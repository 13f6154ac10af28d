import { didYouMean, TinmanError } from "../errors/mod.ts";
import { Problems } from "../jsonc/mod.ts";
import { readParameters } from "../parameter/mod.ts";
import type { PluginManifest, ProvidedNode } from "./manifest.ts";
import type { PluginRequest } from "./plugin_node.ts";

/**
 * The node of a plugin that a graph asks for, and its configuration with the defaults filled in.
 *
 * @throws {TinmanError} `NOT_FOUND` when the plugin has no such node, `CONFIG` when ports or configuration do not fit,
 * with all problems at once.
 */
export function bindNode(manifest: PluginManifest, request: PluginRequest): Readonly<Record<string, unknown>> {
  const node = findNode(manifest, request.node);
  const problems = new Problems();
  // Ports may be left out: a serial port that is only read has no use for what it could be sent.
  checkPorts("in", request.inputs, node.in, problems);
  checkPorts("out", request.outputs, node.out, problems);
  const config = readParameters(request.config, node.config, { at: "config", problems });
  if (problems.found.length === 0) return config;
  throw new TinmanError(
    "CONFIG",
    `Cannot use node "${node.name}" of plugin ${manifest.id}: ${problems.found.join("; ")}`,
    {
      hint: `tinman plugin info ${manifest.id} says what it takes`,
    },
  );
}

function findNode({ id, provides: { nodes } }: PluginManifest, name: string): ProvidedNode {
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const names = nodes.map((node) => node.name);
  const has = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  throw new TinmanError("NOT_FOUND", `Cannot find node "${name}" in plugin ${id}: ${has}`, {
    kind: "node",
    id: name,
    hint: didYouMean(name, names),
  });
}

function checkPorts(
  kind: "in" | "out",
  given: readonly string[],
  known: Readonly<Record<string, string>>,
  problems: Problems,
) {
  for (const port of given) {
    if (Object.hasOwn(known, port)) continue;
    const names = Object.keys(known);
    const near = didYouMean(port, names) ?? (names.length === 0 ? "there are none" : `there are ${names.join(", ")}`);
    problems.add(`${kind}.${port}`, `there is no such port; ${near}`);
  }
}
