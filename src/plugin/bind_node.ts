import { didYouMean, TinmanError } from "../errors/mod.ts";
import { Problems } from "../jsonc/mod.ts";
import { readParameters } from "../parameter/mod.ts";
import type { PluginManifest, ProvidedNode, ProvidedStage } from "./manifest.ts";
import type { PluginRequest } from "./plugin_node.ts";

/**
 * The configuration of the node or stage of a plugin that is asked for, with the defaults filled in.
 *
 * @throws {TinmanError} `NOT_FOUND` when the plugin has no such node, `CONFIG` when ports or configuration do not fit,
 * with all problems at once.
 */
export function bindNode(manifest: PluginManifest, request: PluginRequest): Readonly<Record<string, unknown>> {
  const { kind = "node", node: name } = request;
  const { nodes, stages } = manifest.provides;
  const part = findPart<ProvidedNode | ProvidedStage>(kind === "node" ? nodes : stages, { manifest, kind, name });
  const problems = new Problems();
  if ("out" in part) {
    // Ports may be left out: a serial port that is only read has no use for what it could be sent.
    checkPorts("in", request.inputs, part.in, problems);
    checkPorts("out", request.outputs, part.out, problems);
  }
  const config = readParameters(request.config, part.config, { at: "config", problems });
  const { found } = problems;
  if (found.length === 0) return config;
  throw new TinmanError("CONFIG", `Cannot use ${kind} "${name}" of plugin ${manifest.id}: ${found.join("; ")}`, {
    hint: `tinman plugin info ${manifest.id} says what it takes`,
  });
}

function findPart<T extends { readonly name: string }>(
  all: readonly T[],
  { manifest: { id }, kind, name }: { readonly manifest: PluginManifest; readonly kind: string; readonly name: string },
): T {
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = all.map((each) => each.name);
  const has = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  throw new TinmanError("NOT_FOUND", `Cannot find ${kind} "${name}" in plugin ${id}: ${has}`, {
    kind,
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
