import { createEnvironment, type RunEnvironment } from "tinman";
import { openPlugins, parseManifest, type PluginManifest, type PluginWorld } from "../../src/plugin/mod.ts";

/** A plugin of one module, as text, with one node. */
export interface HostedPlugin {
  readonly id: string;
  /** What `provides.nodes` has. */
  readonly node: { readonly name: string; readonly in: readonly string[]; readonly out: readonly string[] };
  /** JavaScript of its main module. */
  readonly code: string;
  readonly limits?: PluginManifest["limits"];
}

/** This machine, with one plugin that need not be added; `said` gets what is said to people. */
export function createHostedEnvironment(plugin: HostedPlugin, said: string[] = []): RunEnvironment {
  const env = createEnvironment();
  const world = env.services!.pluginWorld as PluginWorld;
  const { id, node, limits = {}, code } = plugin;
  const ports = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, ""]));
  const nodes = [{ name: node.name, in: ports(node.in), out: ports(node.out) }];
  const text = JSON.stringify({ id, version: "1.0.0", api: "1", limits, provides: { nodes }, capabilities: [] });
  const manifest = parseManifest(text, { path: "plugin.jsonc" });
  const plugins = openPlugins({
    ...world,
    clock: env.clock,
    load: () => ({ manifest, modules: [{ name: "mod.ts", code }] }),
    grantsOf: () => ({}),
    paths: { cwd: "/", realPath: (path) => path },
  });
  return { ...env, services: { plugins }, say: ({ message }) => void said.push(message) };
}
