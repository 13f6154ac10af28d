import fs from "node:fs";
import { TinmanError } from "../errors/mod.ts";
import { programForm, type SelfCommand, selfCommand } from "./program.ts";

/** The first argument with which this program becomes the process of a plugin. */
export const PLUGIN_HOST = "__plugin-host";

/** What a plugin's process may do, see {@linkcode spawnPlugin}. */
export interface PluginProcessOptions {
  /** As flags of Deno. */
  readonly flags: readonly string[];
  /** By the name of a permission: nothing, all, or these values. */
  readonly permissions: Readonly<Record<string, boolean | readonly string[]>>;
  /** Whether some of that can be told by `flags` only, which a compiled executable does not take. */
  readonly needsFlags: boolean;
  /** Variables of the environment that it sees, `true` for all. */
  readonly env: readonly string[] | true;
  /** Most memory for objects in it. */
  readonly memoryMB: number;
  /** How to start a process with these flags. @default {as this program was started} */
  readonly host?: (flags: readonly string[]) => SelfCommand;
}

/** A process for a plugin, with its pipes. */
export interface PluginProcess {
  /** For messages. */
  readonly pid: number;
  /** Closing it ends the process. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Messages of the plugin. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the runtime says when it crashes. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<{ readonly code: number; readonly signal?: string | undefined }>;
  /** Ends it and all that it started, now. Twice is fine. */
  kill(): void;
  /** Its memory; undefined where the system does not tell. */
  residentBytes(): number | undefined;
  /** What it worked so far; undefined where the system does not tell. */
  cpuMs(): number | undefined;
}

/**
 * Starts this program again as the process of a plugin, see {@linkcode runPluginHost}: with these permissions and no
 * others, without this environment, and in a group of its own, so that Ctrl-C is for us alone.
 *
 * @throws {TinmanError} `UNAVAILABLE` when this form of the program cannot hold it to that.
 */
export function spawnPlugin(options: PluginProcessOptions): PluginProcess {
  const { flags, permissions, needsFlags, memoryMB } = options;
  // In a plugin no text becomes code; what it keeps is limited before all memory is gone.
  const v8Flags = `--disallow-code-generation-from-strings,--max-old-space-size=${memoryMB}`;
  // The second for datagrams.
  const own = ["--unstable-worker-options", "--unstable-net", `--v8-flags=${v8Flags}`, ...flags];
  const { command, args, takesFlags } = (options.host ?? hostCommand)(own);
  if (needsFlags && !takesFlags) {
    const what = "a grant with exceptions";
    throw new TinmanError(
      "UNAVAILABLE",
      `Cannot start the process of a plugin: a compiled tinman does not know ${what}`,
      {
        what,
        hint: "grant only what is needed, without deny, or use the portable executable",
      },
    );
  }
  // Where the flags hold, they know exceptions, which a worker cannot be told.
  const inner = Object.entries(permissions).map((
    [name, value],
  ) => [name, takesFlags && value !== false ? "inherit" : value]);
  const child = new Deno.Command(command, {
    args: [...args, JSON.stringify(Object.fromEntries(inner))],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: { TZ: "UTC", ...environment(options), NO_COLOR: "1", ...takesFlags ? {} : { DENO_V8_FLAGS: v8Flags } },
    detached: true,
  }).spawn();
  let hasEnded = false;
  const kill = () => {
    // Its number may be another one's by then.
    if (!hasEnded) killGroup(child);
  };
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.status.then(({ code, signal }) => {
      // What it started goes with it.
      kill();
      hasEnded = true;
      return { code, signal: signal ?? undefined };
    }),
    kill,
    residentBytes: () => residentBytes(child.pid),
    cpuMs: () => cpuMs(child.pid),
  };
}

/** From source and in a bundle the process has a module of its own, which starts three times as fast as all of tinman. */
function hostCommand(flags: readonly string[]): SelfCommand {
  const form = programForm();
  const isolated = form === "source" ? ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-check"] : [];
  const self = selfCommand({ flags: [...isolated, ...flags] });
  if (form === "compiled") return { ...self, args: [...self.args, PLUGIN_HOST] };
  const module = new URL(form === "source" ? "./plugin_host_main.ts" : "./plugin_host.js", import.meta.url);
  return { ...self, args: [...self.args.slice(0, -1), module.href] };
}

/** What Deno itself needs, what is granted, and where programs are when some may be started. */
function environment({ env, permissions }: PluginProcessOptions): Record<string, string> {
  const all = Deno.env.toObject();
  if (env === true) return all;
  const names = ["DENO_DIR", ...permissions["run"] === false ? [] : ["PATH"], ...env];
  const isSeen = (name: string) =>
    names.some((each) => each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : each === name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => isSeen(name)));
}

function killGroup(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** Fields 14 and 15 of `stat`, in hundredths of a second; proc(5). The second is a name in parentheses, with any text in it. */
function cpuMs(pid: number): number | undefined {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Pages of 4 KiB in the second number of `statm`; proc(5). */
function residentBytes(pid: number): number | undefined {
  try {
    return Number(fs.readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return undefined;
  }
}
