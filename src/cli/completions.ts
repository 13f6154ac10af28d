import type { Command } from "./command.ts";
import { type Flags, globalFlags } from "./flags.ts";

/** The shells that there are completions for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A script that teaches a shell the commands, flags and choices in the table. */
export function completionScript(shell: (typeof shells)[number], commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](stepsOf(commands));
}

/** What may follow some words of a command line. */
interface Step {
  /** The words so far, without `tinman` and flags: ``, `log`, `log cat`. */
  readonly words: string;
  /** What may come next, with what it does: commands, or words an argument can be. */
  readonly next: readonly (readonly [string, string])[];
  /** The flags that are understood here. */
  readonly flags: Flags;
  /** Whether a file or folder may follow. */
  readonly files: boolean;
}

function stepsOf(commands: readonly Command[]): Step[] {
  const groups = [...new Set(commands.flatMap(({ name }) => name.includes(" ") ? [name.split(" ")[0]!] : []))];
  const single = commands.filter(({ name }) => !name.includes(" "));
  const top = [
    ...single.map(({ name, summary }) => [name, summary] as const),
    ...groups.map((name) => [name, `${name} …`] as const),
  ];
  return [
    { words: "", next: top, flags: globalFlags, files: false },
    ...groups.map((group) => ({
      words: group,
      next: commands.filter(({ name }) => name.startsWith(`${group} `))
        .map(({ name, summary }) => [name.slice(group.length + 1), summary] as const),
      flags: globalFlags,
      files: false,
    })),
    ...commands.map(({ name, args, flags }) => {
      const listed = args.flatMap(({ completes, summary }) =>
        Array.isArray(completes) ? completes.map((word) => [word, summary] as const) : []
      );
      const files = args.some(({ completes = "file" }) => completes === "file" || completes === "folder");
      return { words: name, next: listed, flags: { ...flags, ...globalFlags }, files };
    }),
  ];
}

function bash(steps: readonly Step[]): string {
  const words = ({ next, flags }: Step) =>
    [...next.map(([word]) => word), ...flagWords(flags).map(([word]) => word)].join(" ");
  return `# tinman for bash: tinman completions bash > ~/.local/share/bash-completion/completions/tinman
_tinman() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} at="" word words files=0
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in
      ${steps.slice(1).map((step) => quote(step.words)).join(" | ")}) at="\${at:+$at }$word" ;;
    esac
  done
  case $at in
${
    steps.map((step) => `    ${quote(step.words)}) words=${quote(words(step))} files=${Number(step.files)} ;;`).join(
      "\n",
    )
  }
  esac
  case "$at $previous" in
${choices(steps).map(([at, flag, list]) => `    ${quote(`${at} ${flag}`)}) words=${quote(list)} files=0 ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $files == 1 && $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _tinman tinman
`;
}

function zsh(steps: readonly Step[]): string {
  const list = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([word, text]) => quote(`${word}:${text.replaceAll(":", "\\:")}`)).join(" ");
  return `#compdef tinman
# tinman for zsh: tinman completions zsh > "\${fpath[1]}/_tinman"
_tinman() {
  local at="" word files=0
  local -a next flags
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      (${steps.slice(1).map((step) => quote(step.words)).join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${
    choices(steps).map(([at, flag, words]) => `    (${quote(`${at} ${flag}`)}) compadd -- ${words}; return ;;`).join(
      "\n",
    )
  }
  esac
  case $at in
${
    steps.map((step) =>
      `    (${quote(step.words)}) next=(${list(step.next)}) flags=(${list(flagWords(step.flags))}) files=${
        Number(step.files)
      } ;;`
    ).join("\n")
  }
  esac
  if [[ $PREFIX == -* ]]; then _describe flag flags; return; fi
  (( \${#next} )) && _describe word next
  (( files )) && _files
}
# From a file in fpath this is the first call; sourced, it is not.
if [[ \${funcstack[1]} == _tinman ]]; then _tinman "$@"; else compdef _tinman tinman; fi
`;
}

function fish(steps: readonly Step[]): string {
  const lines: string[] = [];
  for (const { words, next, flags, files } of steps) {
    const when = `-n ${quote(`__tinman_at ${words === "" ? "''" : `'${words}'`}`)}`.replaceAll("'\\''", '"');
    for (const [word, text] of next) lines.push(`complete -c tinman ${when} -a ${quote(word)} -d ${quote(text)}`);
    for (const [name, { short, summary, type, choices }] of Object.entries(flags)) {
      const one = short === undefined ? "" : ` -s ${short}`;
      const value = choices !== undefined
        ? ` -x -a ${quote(choices.join(" "))}`
        : type === "boolean" || type === "optional"
        ? ""
        : " -r";
      lines.push(`complete -c tinman ${when} -l ${name}${one}${value} -d ${quote(summary)}`);
    }
    if (files) lines.push(`complete -c tinman ${when} -F`);
  }
  return `# tinman for fish: tinman completions fish > ~/.config/fish/completions/tinman.fish
complete -c tinman -f
function __tinman_at
  set -l at ""
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$at $word")
    if contains -- $longer ${steps.slice(1).map((step) => quote(step.words)).join(" ")}
      set at $longer
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}

function flagWords(flags: Flags): [string, string][] {
  return Object.entries(flags).flatMap(([name, { short, summary }]) => {
    const long: [string, string] = [`--${name}`, summary];
    return short === undefined ? [long] : [long, [`-${short}`, summary]];
  });
}

function choices(steps: readonly Step[]): [at: string, flag: string, words: string][] {
  return steps.flatMap(({ words, flags }) =>
    Object.entries(flags).flatMap(([name, flag]): [string, string, string][] =>
      flag.choices === undefined ? [] : [[words, `--${name}`, flag.choices.join(" ")]]
    )
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
