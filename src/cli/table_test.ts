// Goal: parser, help, completions and COMMANDS.md cannot drift apart. Method: all are compared with the command table.
import assert from "node:assert/strict";
import commandsText from "./COMMANDS.md" with { type: "text" };
import { completionScript, shells } from "./completions.ts";
import { type Flags, globalFlags } from "./flags.ts";
import { commandHelp, exitCodes, overview, topics } from "./help.ts";
import { markdown } from "./markdown.ts";
import { parse } from "./parse.ts";
import { createPaint } from "./style.ts";
import { commands } from "./table.ts";

const plain = createPaint(false);

Deno.test("the help of a command names every argument, flag, exit code and example of it", () => {
  for (const command of commands()) {
    const help = commandHelp(command, plain);
    for (const { name } of command.args) assert.ok(help.includes(name), `${command.name}: ${name}`);
    for (const name of Object.keys(command.flags)) assert.ok(help.includes(`--${name}`), `${command.name}: --${name}`);
    for (const code of Object.keys(command.exits)) assert.match(help, new RegExp(`^  ${code} +`, "m"), command.name);
    for (const [line] of command.examples) assert.ok(help.includes(line), `${command.name}: ${line}`);
  }
});

Deno.test("the overview names every command, three examples and tinman init", () => {
  const text = overview(commands(), plain);
  for (const { name, summary } of commands()) {
    const [group, word] = name.split(" ");
    const isNamed = text.includes(`  ${name} `) && text.includes(summary);
    assert.ok(isNamed || text.includes(`  ${group} COMMAND `) && new RegExp(` ${word}\\b`).test(text), name);
  }
  assert.ok(text.split("\n").filter((line) => line.startsWith("  tinman ")).length === 3);
  assert.ok(text.includes("tinman init"));
});

Deno.test("every flag is known to the parser by its long and its short name", () => {
  for (const command of commands()) {
    const flags: Flags = { ...command.flags, ...globalFlags };
    for (const [name, { type, short, choices, value: words }] of Object.entries(flags)) {
      const value = choices?.[0] ?? "1";
      const count = type === "boolean" || type === "optional" ? 0 : type === "tuple" ? words!.split(" ").length : 1;
      const given = Array.from({ length: count }, () => value);
      const args = command.args.filter(({ optional }) => !optional).map(() => "x");
      parse([...command.name.split(" "), ...args, `--${name}`, ...given], commands());
      if (short !== undefined) parse([...command.name.split(" "), ...args, `-${short}`, ...given], commands());
    }
  }
});

Deno.test("no flag of a command hides a flag that all commands have", () => {
  const taken = new Set(Object.values(globalFlags).map((flag) => (flag as { short?: string }).short));
  taken.delete(undefined);
  for (const { name, flags } of commands()) {
    const shorts = Object.values(flags).flatMap(({ short }) => short ?? []);
    assert.equal(new Set(shorts).size, shorts.length, name);
    for (const flag of Object.keys(flags)) assert.ok(!Object.hasOwn(globalFlags, flag), `${name} --${flag}`);
    for (const short of shorts) assert.ok(!taken.has(short), `${name} -${short}`);
  }
});

Deno.test("every example is a command line that the parser reads", () => {
  for (const { name, examples } of commands()) {
    assert.ok(examples.length > 0, name);
    for (const [line] of examples) {
      const own = line.replace(/^.*?\btinman /, "").split(/ (?:>|\||&&) |\)$/)[0]!;
      const words = [...own.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
      assert.equal(parse(words, commands()).command?.name, name, line);
    }
  }
});

Deno.test("the completions of each shell know every command and every flag", () => {
  for (const shell of shells) {
    const script = completionScript(shell, commands());
    for (const { name, flags } of commands()) {
      assert.ok(script.includes(name), `${shell}: ${name}`);
      for (const flag of Object.keys({ ...flags, ...globalFlags })) {
        assert.ok(script.includes(flag), `${shell}: --${flag}`);
      }
    }
  }
});

Deno.test("COMMANDS.md is what `tinman help --markdown` prints", () => {
  assert.equal(
    commandsText,
    markdown(commands()),
    "write it again: deno task tinman help --markdown > src/cli/COMMANDS.md",
  );
});

Deno.test("every exit code that a command names is in tinman help exit-codes", () => {
  for (const { name, exits } of commands()) {
    for (const code of Object.keys(exits)) assert.ok(exitCodes[Number(code)] !== undefined, `${name}: ${code}`);
  }
  assert.ok(Object.keys(topics).includes("exit-codes"));
});

Deno.test("names and summaries fit a terminal of 100 columns", () => {
  for (const command of commands()) {
    assert.doesNotMatch(command.summary, /\.$/, command.name);
    assert.ok(command.summary.length <= 64, command.name);
    for (const line of commandHelp(command, plain).split("\n")) {
      assert.ok(line.length <= 100, `${command.name}: ${line}`);
    }
  }
});
