import type { Flags, FlagValues } from "./flags.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** One positional argument. */
export interface Argument {
  /** Its name in the help: `FILE`. */
  readonly name: string;
  /** What it is. */
  readonly summary: string;
  /** Whether it may be left out. @default {false} */
  readonly optional?: boolean;
  /** Whether there may be more of it. Only for one: the last, or the first with all others behind it. @default {false} */
  readonly repeat?: boolean;
  /** What the shell completes it with. @default {"file"} */
  readonly completes?: "file" | "folder" | "nothing" | readonly string[];
}

/** What a command gets to work with. */
export interface Context<Values = Readonly<Record<string, unknown>>> {
  /** Its positional arguments, in order. */
  readonly args: readonly string[];
  /** Its flags, parsed and checked. */
  readonly flags: Values;
  /** The flags that every command has. */
  readonly settings: Settings;
  /** Prints data on stdout and the rest on stderr. */
  readonly out: Output;
  /** Everything outside. */
  readonly io: Io;
  /** The absolute path of `path`, seen from the folder that `-C` names. */
  path(path: string): string;
}

/** The flags that every command has, see `globalFlags`. */
export interface Settings {
  /** Print JSON instead of tables. */
  readonly json: boolean;
  /** Nothing on stderr but errors. */
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
  /** Never ask and never read keys. */
  readonly noInput: boolean;
}

/** One command: parser, help, completions and COMMANDS.md are made from this. */
export interface Command {
  /** Its words: `run`, `log cat`. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More than the summary, a few lines. */
  readonly about?: string;
  /** Positional arguments, in order. */
  readonly args: readonly Argument[];
  /** Its own flags. */
  readonly flags: Flags;
  /** Command lines that work, with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Exit codes that somebody may want to tell apart, besides 0 and 2. */
  readonly exits: Readonly<Record<number, string>>;
  /** Whether `--json` prints one object, one object a line, or has no meaning. */
  readonly json: "object" | "stream" | "none";
  /** Does the work and says what to exit with. */
  run(context: Context): Promise<number> | number;
}

/** A command whose `run` sees its own flags by type. */
export function defineCommand<const F extends Flags>(
  command: Omit<Command, "run" | "flags"> & {
    readonly flags: F;
    run(context: Context<FlagValues<F>>): Promise<number> | number;
  },
): Command {
  return command as unknown as Command;
}
