import { didYouMean, plainText, TinmanError } from "../errors/mod.ts";
import type { Command } from "./command.ts";
import { type Flag, type Flags, globalFlags } from "./flags.ts";
import { parseDuration, parseTime } from "./time.ts";

/** A command line, understood. */
export interface Parsed {
  /** The command, or undefined when none was named. */
  readonly command: Command | undefined;
  /** The first word of a group that was named without a second one: `log`. */
  readonly group: string | undefined;
  /** Positional arguments. */
  readonly args: readonly string[];
  /** The command's own flags, every one of them, left out ones as `undefined`, `false` or `[]`. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The flags of every command. */
  readonly globals: Readonly<Record<keyof typeof globalFlags, string | number | undefined>>;
}

/**
 * Reads a command line by the table. Written by hand because `node:util` knows no flag with an optional value
 * (`--record`, `--record=DIR`) and takes `--from -5m` for two flags.
 *
 * @throws {TinmanError} `USAGE`, with what was probably meant.
 */
export function parse(argv: readonly string[], commands: readonly Command[]): Parsed {
  const values = new Map<string, (string | true | readonly string[])[]>();
  const words: string[] = [];
  let command: Command | undefined;
  let group: string | undefined;
  let known: Flags = globalFlags;
  let onlyWords = false;

  const take = (word: string) => {
    if (command !== undefined) return void words.push(word);
    const name = group === undefined ? word : `${group} ${word}`;
    command = commands.find((each) => each.name === name);
    if (command !== undefined) known = { ...globalFlags, ...command.flags };
    else if (group === undefined && commands.some((each) => each.name.startsWith(`${word} `))) group = word;
    else throw unknownCommand(name, commands);
  };

  for (let at = 0; at < argv.length; at++) {
    const token = argv[at]!;
    if (onlyWords || token === "-" || !token.startsWith("-")) take(token);
    else if (token === "--") onlyWords = true;
    else {
      for (const { name, flag, value } of flagsIn(token, known, command)) {
        let given: string | true | readonly string[] = value ?? true;
        if (flag.type === "boolean" && value !== undefined) {
          throw usage(`Cannot read ${plainText(token, 80)}: --${name} takes no value`, hintFor(command));
        }
        if (flag.type === "tuple") {
          const words = flag.value!.split(" ").length - (value === undefined ? 0 : 1);
          if (at + words >= argv.length) {
            throw usage(`Cannot read --${name}: it has the values ${flag.value}`, hintFor(command));
          }
          given = [...value === undefined ? [] : [value], ...argv.slice(at + 1, at + 1 + words)];
          at += words;
        } else if (flag.type !== "boolean" && flag.type !== "optional" && value === undefined) {
          if (at + 1 >= argv.length) {
            throw usage(`Cannot read --${name}: its value ${flag.value} is missing`, hintFor(command));
          }
          given = argv[++at]!;
        }
        values.set(name, [...values.get(name) ?? [], given]);
      }
    }
  }

  const read = (flags: Flags) =>
    Object.fromEntries(
      Object.entries(flags).map(([name, flag]) => [name, readFlag(name, flag, values.get(name) ?? [])]),
    );
  const globals = { ...read(globalFlags), verbose: values.get("verbose")?.length ?? 0 } as Parsed["globals"];
  // Help and version answer also when the rest of the line is not finished yet.
  if (command !== undefined && !globals.help && !globals.version) checkCount(command, words);
  return { command, group, args: words, flags: command === undefined ? {} : read(command.flags), globals };
}

interface Found {
  readonly name: string;
  readonly flag: Flag;
  readonly value: string | undefined;
}

function* flagsIn(token: string, known: Flags, command: Command | undefined): Iterable<Found> {
  if (token.startsWith("--")) {
    const [name, ...rest] = token.slice(2).split("=") as [string, ...string[]];
    const flag = Object.hasOwn(known, name) ? known[name] : undefined;
    if (flag === undefined) throw unknownFlag(`--${name}`, known, command);
    return yield { name, flag, value: rest.length === 0 ? undefined : rest.join("=") };
  }
  for (let at = 1; at < token.length; at++) {
    const found = Object.entries(known).find(([, flag]) => flag.short === token[at]);
    if (found === undefined) throw unknownFlag(`-${token[at]}`, known, command);
    const [name, flag] = found;
    const rest = token.slice(at + 1).replace(/^=/, "");
    if (flag.type !== "boolean") return yield { name, flag, value: rest === "" ? undefined : rest };
    yield { name, flag, value: undefined };
  }
}

function readFlag(name: string, flag: Flag, all: readonly (string | true | readonly string[])[]): unknown {
  if (flag.type === "tuple") return all;
  const given = all as readonly (string | true)[];
  if (flag.type === "boolean") return given.length > 0;
  if (flag.type === "list") return given.flatMap((text) => String(text).split(",")).filter((text) => text !== "");
  if (flag.type === "each") return given.map(String);
  if (given.length > 1) throw usage(`Cannot take --${name} ${given.length} times: it has one value`);
  const [text] = given;
  if (text === undefined || text === true) return text;
  if (flag.choices !== undefined && !flag.choices.includes(text)) {
    const hint = didYouMean(text, flag.choices) ?? `one of ${flag.choices.join(", ")}`;
    throw usage(`Cannot read --${name} "${plainText(text, 80)}": it is one of ${flag.choices.join(", ")}`, hint);
  }
  if (flag.type === "duration") return parseDuration(text);
  if (flag.type === "time") return parseTime(text);
  if (flag.type !== "number") return text;
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0) {
    throw usage(`Cannot read --${name} "${plainText(text, 80)}": it is not a number from 0 up`);
  }
  return number;
}

function checkCount(command: Command, words: readonly string[]): void {
  const missing = command.args.find((argument, at) => !argument.optional && words[at] === undefined);
  const hint = hintFor(command);
  if (missing !== undefined) {
    throw usage(`Cannot run tinman ${command.name}: ${missing.name} is missing (${missing.summary})`, hint);
  }
  if (words.length > command.args.length && !command.args.some(({ repeat }) => repeat)) {
    const extra = words[command.args.length];
    throw usage(`Cannot run tinman ${command.name}: it has no place for "${plainText(extra!, 80)}"`, hint);
  }
}

function unknownFlag(flag: string, known: Flags, command: Command | undefined): TinmanError {
  const long = didYouMean(flag.replace(/^-+/, ""), Object.keys(known))?.replace('"', '"--');
  const of = command === undefined ? "tinman" : `tinman ${command.name}`;
  const hint = command === undefined ? "flags of a command stand after its name" : hintFor(command);
  return usage(`Cannot read ${plainText(flag, 80)}: ${of} has no such flag`, long ?? hint);
}

function hintFor(command: Command | undefined): string {
  return command === undefined ? "tinman help flags" : `tinman help ${command.name}`;
}

function unknownCommand(name: string, commands: readonly Command[]): TinmanError {
  const names = commands.map((each) => each.name);
  const word = name.split(" ").at(-1)!;
  const inGroup = names.find((each) => each.endsWith(` ${word}`));
  const groups = names.map((each) => each.split(" ")[0]!);
  const hint = inGroup === undefined ? didYouMean(name, [...names, ...groups]) : `did you mean "${inGroup}"?`;
  return usage(
    `Cannot run tinman ${plainText(name, 80)}: there is no such command`,
    hint ?? "tinman help lists the commands",
  );
}

function usage(message: string, hint?: string): TinmanError<"USAGE"> {
  return new TinmanError("USAGE", message, { hint });
}
