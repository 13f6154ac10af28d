import type { Argument, Command } from "./command.ts";
import { type Flag, type Flags, globalFlags } from "./flags.ts";
import type { Paint } from "./style.ts";
import { timeHelp } from "./time.ts";
import { version } from "./version.ts";

/** What every exit code means, for all commands. */
export const exitCodes: Readonly<Record<number, string>> = {
  0: "ok",
  1: "a failure: a node threw, a disk was full",
  2: "the command line, a configuration or a graph cannot be used; nothing was started",
  3: "a file, recording, channel or node is not there",
  4: "a permission is missing",
  5: "bytes on disk are not what was written",
  6: "done, with findings: a replay differs, a diagnosis found something",
  7: "not to be had now: something is busy or away",
  124: "a limit on time was reached",
  130: "stopped by Ctrl-C (SIGINT), also when all was drained and closed whole",
  143: "stopped by SIGTERM, in the same way",
};

/** Texts of `tinman help TOPIC` that belong to no command. */
export const topics: Readonly<Record<string, () => string>> = {
  "exit-codes": () => ["Exit codes, the same for every command:", "", ...rows(Object.entries(exitCodes))].join("\n"),
  time: () => timeHelp,
  flags: () => ["Flags that every command takes:", "", ...rows(flagRows(globalFlags))].join("\n"),
};

/** What `tinman` alone prints. */
export function overview(commands: readonly Command[], paint: Paint): string {
  const listed = ({ name }: Command) => name.includes(" ") && groupTitles[name.split(" ")[0]!] !== undefined;
  const lines = commands.filter((each) => !listed(each)).map((each) => [usageOf(each, { flags: false }), each.summary]);
  return [
    `${paint("bold", `tinman ${version}`)}: pipelines of small nodes; whatever flows is recorded and can be replayed`,
    "",
    paint("bold", "Start here"),
    ...rows([
      ["tinman init demo", "make a small project that runs at once, offline"],
      ["tinman run nodes.ts --record", "run its nodes and record what flows"],
      ["tinman replay latest nodes.ts --verify", "run them again on what was recorded, and compare"],
    ]),
    "",
    paint("bold", "Commands"),
    ...rows([...lines as [string, string][], ...groupRows(commands)]),
    "",
    `More: tinman help COMMAND, ${Object.keys(topics).map((topic) => `tinman help ${topic}`).join(", ")}`,
  ].join("\n");
}

/** Groups with so many commands that the overview only names them. */
const groupTitles: Readonly<Record<string, string>> = {
  pipeline: "what a pipeline.json may say",
  form: "XLSForms as schemas, entries compared with them",
  log: "recordings on disk",
  cache: "what event pipelines keep from run to run",
  broker: "serve stock Kafka clients, and ask any Kafka",
  mesh: "what teams share",
  plugin: "what others wrote, each held to what it is granted",
};

function groupRows(commands: readonly Command[]): [string, string][] {
  return Object.entries(groupTitles).map(([group, title]) => {
    const words = commands.flatMap(({ name }) => name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []);
    return [`${group} COMMAND`, `${title}: ${words.join(", ")}`];
  });
}

/** The help of a group of commands: `tinman log`. */
export function groupHelp(group: string, commands: readonly Command[], paint: Paint): string {
  const own = commands.filter((each) => each.name.startsWith(`${group} `));
  return [
    paint("bold", `tinman ${group} COMMAND`),
    ...rows(own.map((each) => [usageOf(each, { flags: false }), each.summary])),
    "",
    `More: tinman help ${group} ${own[0]!.name.split(" ")[1]}`,
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command, paint: Paint): string {
  const section = (title: string, body: readonly string[]) =>
    body.length === 0 ? [] : ["", paint("bold", title), ...body];
  return [
    `${paint("bold", `tinman ${command.name}`)}: ${command.summary}`,
    ...section("Examples", rows(command.examples)),
    ...section("Usage", [`  tinman ${usageOf(command, { flags: true })}`]),
    ...(command.about === undefined ? [] : ["", ...wrapText(command.about, MAX_COLUMNS)]),
    ...section("Arguments", rows(command.args.map((each) => [each.name, each.summary]))),
    ...section("Flags", rows(flagRows(command.flags))),
    ...section("Exit codes", rows(Object.entries({ 0: "ok", 2: exitCodes[2]!, ...command.exits }))),
    "",
    "Every command also takes --json, --quiet, -v, --color, -C DIR and others: tinman help flags",
    ...(command.json === "none" ? [] : [
      command.json === "stream"
        ? "With --json each line on stdout is one JSON object"
        : 'With --json stdout is one JSON object that begins with "v":1',
    ]),
  ].join("\n");
}

/** `log cat RECORDING [flags]` */
export function usageOf(command: Command, options: { readonly flags: boolean }): string {
  const flags = options.flags && Object.keys(command.flags).length > 0 ? ["[flags]"] : [];
  return [command.name, ...command.args.map(argumentText), ...flags].join(" ");
}

/** `-c, --channels GLOB` */
export function flagText(name: string, flag: Flag): string {
  const value = flag.value === undefined ? "" : flag.type === "optional" ? `[=${flag.value}]` : ` ${flag.value}`;
  return `${flag.short === undefined ? "    " : `-${flag.short}, `}--${name}${value}`;
}

function argumentText({ name, optional, repeat }: Argument): string {
  const text = repeat ? `${name}…` : name;
  return optional ? `[${text}]` : text;
}

function flagRows(flags: Flags): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    const choices = flag.choices === undefined || flag.summary.includes(flag.choices.at(-1)!)
      ? ""
      : `: ${flag.choices.join(", ")}`;
    const standard = flag.default === undefined ? "" : ` (default ${flag.default})`;
    return [flagText(name, flag), flag.summary + choices + standard];
  });
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([left]) => left.length));
  return pairs.flatMap(([left, right]) =>
    wrapText(right, MAX_COLUMNS - width - 4).map((line, at) => `  ${(at === 0 ? left : "").padEnd(width)}  ${line}`)
  );
}

const MAX_COLUMNS = 100;

/** `text` in lines of at most `columns` characters, broken between words. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
