import { createWallClock, type PluginProcessOptions, spawnPlugin } from "../../src/platform/mod.ts";
import { openProcess, type ProcessLimits } from "../../src/plugin/process.ts";
import type { Effective } from "../../src/plugin/resolve.ts";
import type { Guest } from "../../src/plugin/protocol.ts";

const executable = Deno.env.get("TINMAN_BIN");

/** With TINMAN_BIN, the process is started from that portable file, as it starts itself. */
export const host: Pick<PluginProcessOptions, "host"> = executable === undefined ? {} : portableHost(executable);

/** A plugin's process on this machine. */
export function openGuest(
  { effective = {}, limits = {} }: { effective?: Effective; limits?: ProcessLimits } = {},
): Promise<Guest> {
  return openProcess({
    plugin: "org.example.test",
    spawn: (options) => spawnPlugin({ ...options, ...host }),
    effective,
    clock: createWallClock(),
    limits,
  });
}

function portableHost(path: string): Pick<PluginProcessOptions, "host"> {
  const cache = Deno.makeTempDirSync({ prefix: "tinman-portable-" });
  addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));
  new Deno.Command(path, { args: ["version"], env: { XDG_CACHE_HOME: cache, TMPDIR: cache } }).outputSync();
  const [{ name }] = [...Deno.readDirSync(`${cache}/tinman`)] as [Deno.DirEntry];
  const folder = `${cache}/tinman/${name}`;
  const isolated = ["--quiet", "--no-prompt", "--cached-only", "--no-config", "--no-remote", "--no-npm"];
  return {
    host: (flags) => ({
      command: `${folder}/deno`,
      args: ["run", ...isolated, ...flags, `${folder}/plugin_host.js`],
      takesFlags: true,
    }),
  };
}
