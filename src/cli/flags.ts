import type { TimeSpec } from "./time.ts";

/**
 * How the text behind a flag is read. `optional` is a flag that stands alone or has a value: `--record`, `--record=DIR`;
 * `each` may be given more than once, and its values may have commas; `tuple` too, and has as many words as its value names.
 */
export type FlagType = "boolean" | "string" | "list" | "each" | "tuple" | "number" | "duration" | "time" | "optional";

/** One flag of a command, by its long name. */
export interface Flag {
  /** How its value is read. `list` may be given more than once. */
  readonly type: FlagType;
  /** One letter. */
  readonly short?: string;
  /** What its value is called in the help: `DIR`. */
  readonly value?: string;
  /** The values it may have. */
  readonly choices?: readonly string[];
  /** What is taken when it is left out, for the help. */
  readonly default?: string;
  /** What it does, in a few words. */
  readonly summary: string;
}

/** The flags of a command, by long name. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a flag has become after parsing. Durations are milliseconds. */
export type FlagValue<F extends Flag> = F["type"] extends "boolean" ? boolean
  : F["type"] extends "list" | "each" ? readonly string[]
  : F["type"] extends "tuple" ? readonly (readonly string[])[]
  : F["type"] extends "number" | "duration" ? number | undefined
  : F["type"] extends "time" ? TimeSpec | undefined
  : F["type"] extends "optional" ? string | true | undefined
  : string | undefined;

/** The flags of a command after parsing. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** Flags that every command takes, before or after its name. */
export const globalFlags = {
  help: { type: "boolean", short: "h", summary: "Show the help of the command" },
  version: { type: "boolean", short: "V", summary: "Show the version" },
  dir: { type: "string", short: "C", value: "DIR", summary: "Work in this folder" },
  json: { type: "boolean", summary: "Print data as JSON, errors too" },
  quiet: { type: "boolean", short: "q", summary: "No progress and no summary on stderr" },
  verbose: { type: "boolean", short: "v", summary: "More on stderr; -vv shows the stack of an error" },
  color: {
    type: "string",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    default: "auto",
    summary: "Colour: on a terminal, always or never (NO_COLOR and FORCE_COLOR count too)",
  },
  "no-input": { type: "boolean", summary: "Never ask and never read keys" },
} as const satisfies Flags;
