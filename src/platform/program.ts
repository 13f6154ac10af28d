import config from "../../deno.json" with { type: "json" };
import { type Embedded, embedded } from "./embedded.ts";

/** How this program was started: by Deno from its source, by the Deno in the portable file, or as a `deno compile` executable. */
export type ProgramForm = "source" | "portable" | "compiled";

/** See {@linkcode selfCommand}. */
export interface SelfCommand {
  /** The program to execute. */
  readonly command: string;
  /** What comes before the arguments of tinman. */
  readonly args: readonly string[];
  /** Whether `flags` hold. A compiled executable has its permissions baked in and takes none. */
  readonly takesFlags: boolean;
}

/** Options of {@linkcode selfCommand}. */
export interface SelfCommandOptions {
  /**
   * Permissions and other flags of `deno run`, such as `--allow-read=data` or `--v8-flags=--max-old-space-size=64`. The
   * modules of tinman itself need no permission. @default {["-A"]}
   */
  readonly flags?: readonly string[];
}

/**
 * How to start this same program again as another process, without a network and without a question at the terminal:
 * `new Deno.Command(command, { args: [...args, "version"] })`. Whoever relies on `flags` looks at `takesFlags` first.
 */
export function selfCommand({ flags = ["-A"] }: SelfCommandOptions = {}): SelfCommand {
  const command = Deno.execPath();
  if (programForm() === "compiled") return { command, args: [], takesFlags: false };
  const isolated = programForm() === "portable" ? ["--no-config", "--no-remote"] : [];
  const args = ["run", "--quiet", "--no-prompt", "--cached-only", ...isolated, ...flags, mainModule().href];
  return { command, args, takesFlags: true };
}

/** See {@linkcode ProgramForm}. */
export function programForm(): ProgramForm {
  if (Deno.build.standalone) return "compiled";
  return isBundle ? "portable" : "source";
}

/** Where the source lies, undefined in a bundle. */
export function sourceRoot(): URL | undefined {
  return isBundle ? undefined : root;
}

/** Whether a module is part of the program, so that what it did is not the doing of the user's own code. */
export function isOwnModule(url: string): boolean {
  if (isBundle) return url.startsWith(new URL(".", import.meta.url).href);
  return url.startsWith(root.href) && /^(src|codecs|mod\.ts|node_modules)\b/.test(url.slice(root.href.length));
}

/** The module that `tinman`, `tinman/log`, … (or `@tinman/tinman`, …) stand for, undefined for all other names. */
export function publicModule(specifier: string): URL | undefined {
  const name = /^(?:@tinman\/)?tinman(?:\/(.+))?$/.exec(specifier);
  const path = name && exports[name[1] === undefined ? "." : `./${name[1]}`];
  if (!path) return undefined;
  // A bundle is one folder with a file for each entry point.
  return isBundle ? new URL(`${name[1] ?? "mod"}.js`, import.meta.url) : new URL(path, root);
}

const isBundle = (embedded as Embedded | undefined) !== undefined;
const root = new URL("../../", import.meta.url);
const exports: Readonly<Record<string, string | undefined>> = config.exports;

function mainModule(): URL {
  return isBundle ? new URL("main.js", import.meta.url) : new URL("src/cli/main.ts", root);
}
