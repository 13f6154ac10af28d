import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createWallClock } from "../platform/mod.ts";
import { openQuickJs, type PluginWorld } from "../plugin/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";
import { main } from "./main.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

/** A folder in memory in which commands are run, one after the other. */
export interface TestProject {
  readonly files: Files;
  /** Runs a command line; words with a blank in them come as a list. */
  run(line: string | readonly string[], options?: Partial<MemoryIoOptions>): Promise<Ran>;
  write(path: string, text: string): void;
  read(path: string): string;
}

/** What a command said. */
export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A world in which time goes on when nothing else does. */
type CreateWorld = (
  options: { readonly files: Files },
) => RunEnvironment & { drive<T>(result: Promise<T>): Promise<T> };

/** Plugins run in QuickJS, whatever they are granted: no test here needs more. */
export function createTestProject(createWorld: CreateWorld): TestProject {
  const files = createMemoryFiles();
  const wall = createWallClock();
  const quickjs: PluginWorld["guests"]["quickjs"] = ({ plugin, limits }) =>
    openQuickJs({ plugin, ...limits, now: () => wall.elapsedNs() / 1e6 });
  const pluginWorld: PluginWorld = { guests: { quickjs, process: quickjs, trusted: quickjs } };
  return {
    files,
    async run(line, options = {}) {
      const world = createWorld({ files });
      const io = createMemoryIo({ environment: { ...world, services: { pluginWorld } }, folder: "/field", ...options });
      const exit = await world.drive(main(typeof line === "string" ? line.split(" ") : line, io));
      return { exit, stdout: io.printed(), stderr: io.noted() };
    },
    write: (path, text) => files.replace(`/field/${path}`, new TextEncoder().encode(text)),
    read(path) {
      using file = files.open(`/field/${path}`, "read");
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return new TextDecoder().decode(bytes);
    },
  };
}

/** A plugin in the folder `folder`: its manifest with what is usual filled in, and its module. */
export function writePlugin(
  project: TestProject,
  folder: string,
  { module = "", ...manifest }: { readonly module?: string } & Readonly<Record<string, unknown>>,
): void {
  const usual = { id: `org.example.${folder}`, version: "1.0.0", api: "1", provides: {}, capabilities: [] };
  project.write(`${folder}/plugin.jsonc`, JSON.stringify({ ...usual, ...manifest }));
  project.write(`${folder}/mod.ts`, `import { definePlugin } from "tinman/plugin";\n${module}`);
}
