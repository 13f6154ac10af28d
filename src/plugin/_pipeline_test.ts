import { CodecRegistry } from "../codec/mod.ts";
import {
  createPipeline,
  type DataFrame,
  frameKind,
  type Pipeline,
  type PipelineOptions,
  StageRegistry,
  type StageType,
} from "../pipeline/mod.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { openPlugins } from "./host.ts";
import { parseManifest, type PluginManifest } from "./manifest.ts";
import type { Plugin } from "./plugin.ts";
import { pluginStageTypes } from "./plugin_stage.ts";
import type { Guest } from "./protocol.ts";

/** A plugin with its manifest, in memory. */
export interface TestPlugin {
  readonly provides: object;
  readonly plugin: Plugin;
  /** Where it runs, each time it is started. @default {a guest in memory} */
  readonly guest?: () => Guest | Promise<Guest>;
}

const ID = "org.example.test";

/** A world in which pipelines may name what a plugin brings. */
export function pluginWorld({ provides, plugin, guest = () => createMemoryGuest(plugin) }: TestPlugin) {
  const manifest: PluginManifest = parseManifest(
    JSON.stringify({ id: ID, version: "1.0.0", api: "1", provides, capabilities: [] }),
    { path: "plugin.jsonc" },
  );
  const environment = createTestEnvironment({ registry: new CodecRegistry([frameKind]) });
  const open = () => Promise.resolve(guest());
  let starts = 0;
  const plugins = openPlugins({
    load: () => ({ manifest, modules: [] }),
    grantsOf: () => ({}),
    guests: { quickjs: open, process: open, trusted: open },
    clock: environment.clock,
    paths: { cwd: "/", realPath: (path) => path },
    onOpen: () => starts++,
  });
  const world: TestEnvironment = Object.assign(environment, { services: { plugins } });
  return {
    environment: world,
    types: pluginStageTypes(manifest),
    get starts() {
      return starts;
    },
    pipeline: (config: unknown, types: readonly StageType[], options: Partial<PipelineOptions> = {}): Pipeline =>
      createPipeline(config, {
        environment: world,
        registry: new StageRegistry([...types, ...pluginStageTypes(manifest)]),
        ...options,
      }),
  };
}

/** All samples of frames, by channel. */
export function samplesOf(frames: readonly DataFrame[] | undefined): Record<string, number[]>[] {
  return (frames ?? []).map(({ payload }) => Object.fromEntries([...payload].map(([name, each]) => [name, [...each]])));
}
