import { resolve } from "node:path";
import { TinmanError } from "../errors/mod.ts";
import { endProcess, PLUGIN_HOST, processArguments, runPluginHost } from "../platform/mod.ts";
import type { Context } from "./command.ts";
import { exitCodeOf, formatError } from "./errors.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import { type Io, PipeClosed } from "./io.ts";
import { Output } from "./output.ts";
import { parse, type Parsed } from "./parse.ts";
import { createProcessIo } from "./process_io.ts";
import { createPaint, wantsColor } from "./style.ts";
import { commands } from "./table.ts";
import { versionCommand } from "./commands/version.ts";

/** Runs one command line, given without the program's name, and says what to exit with. Never throws, never exits. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let globals: Partial<Parsed["globals"]> = {};
  try {
    const parsed = parse(argv, commands());
    globals = parsed.globals;
    return await dispatch(parsed, io);
  } catch (error) {
    // `| head` has read enough; nothing went wrong.
    if (error instanceof PipeClosed) return 0;
    const paint = createPaint(wantsColor(io.stderr, io, globals.color as string | undefined));
    const verbose = io.env("TINMAN_DEBUG") ? 2 : Number(globals.verbose ?? 0);
    // A command line that cannot be read still gets its error in the form that it asked for.
    const json = argv.includes("--json");
    try {
      io.stderr.write(formatError(error, { paint, json, verbose }) + "\n");
    } catch {
      // Nobody hears it; the exit code still says it.
    }
    return exitCodeOf(error);
  }
}

async function dispatch({ command, group, args, flags, globals }: Parsed, io: Io): Promise<number> {
  const color = globals.color as string | undefined;
  const out = new Output({
    stdout: io.stdout,
    stderr: io.stderr,
    paint: createPaint(wantsColor(io.stdout, io, color)),
    paintError: createPaint(wantsColor(io.stderr, io, color)),
    quiet: Boolean(globals.quiet),
    rewrites: io.env("TERM") !== "dumb",
  });
  const folder = globals.dir === undefined ? io.folder : resolve(io.folder, String(globals.dir));
  if (globals.dir !== undefined) enter(folder, io);
  const context: Context = {
    args,
    flags,
    settings: {
      json: Boolean(globals.json),
      quiet: Boolean(globals.quiet),
      verbose: Number(globals.verbose),
      noInput: Boolean(globals["no-input"]),
    },
    out,
    io,
    path: (path) => resolve(folder, path),
  };
  try {
    if (globals.version) return await versionCommand.run(context);
    if (command !== undefined && !globals.help) return await command.run(context);
    if (command !== undefined) out.line(commandHelp(command, out.paint));
    else if (group === undefined) out.line(overview(commands(), out.paint));
    else if (globals.help) out.line(groupHelp(group, commands(), out.paint));
    else {
      out.problem(groupHelp(group, commands(), out.paintError));
      return 2;
    }
    return 0;
  } finally {
    out.settle();
    out.flush();
  }
}

function enter(folder: string, io: Io): void {
  const kind = io.files.stat(folder)?.kind;
  if (kind !== "folder") {
    const what = kind === undefined ? "no such folder" : "it is a file";
    throw new TinmanError("NOT_FOUND", `Cannot work in ${folder}: ${what}`, { kind: "folder", id: folder });
  }
  io.changeFolder(folder);
}

/** The command line of this process, from its arguments to its end. */
export async function start(): Promise<void> {
  const [first, ...rest] = processArguments();
  // Not a command: this is how the program starts itself again.
  if (first === PLUGIN_HOST) return await runPluginHost(rest);
  const io = createProcessIo();
  endProcess(await main(processArguments(), io));
}

if (import.meta.main) await start();
