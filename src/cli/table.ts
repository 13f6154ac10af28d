import type { Command } from "./command.ts";
import { completions } from "./commands/completions.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { help } from "./commands/help.ts";
import { init } from "./commands/init.ts";
import { versionCommand } from "./commands/version.ts";

/**
 * Every command, in the order in which help shows them. A function, because `help` and `completions` are in the table
 * and also print it.
 */
export function commands(): readonly Command[] {
  return [
    init,
    doctor,
    explain,
    completions,
    help,
    versionCommand,
  ];
}

/** First words that several commands share: `log`. */
export function groups(): string[] {
  return [...new Set(commands().flatMap(({ name }) => name.includes(" ") ? [name.split(" ")[0]!] : []))];
}
