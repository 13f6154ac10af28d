import { TinmanError } from "../errors/mod.ts";
import { danger } from "./capability.ts";
import { formatGrant } from "./grants.ts";
import type { Missing } from "./resolve.ts";

/** The command that grants what is missing: `tinman plugin grant org.example.nmea serial=/dev/ttyUSB0`. */
export function grantCommand(id: string, missing: readonly Missing[]): string {
  const words = missing.map(({ name, values }) => formatGrant(name, values));
  const isDangerous = missing.some(({ name, values }) => danger(name, values) !== undefined);
  return ["tinman plugin grant", id, ...words, ...(isDangerous ? ["--dangerous"] : [])].join(" ");
}

/** The error for a plugin that cannot work without what it is not granted, or undefined when it can. */
export function missingError(id: string, missing: readonly Missing[]): TinmanError<"DENIED"> | undefined {
  const needed = missing.filter(({ optional }) => !optional);
  if (needed.length === 0) return undefined;
  const what = needed.map(({ name, values }) => values === true ? name : `${name} ${values.join(", ")}`).join("; ");
  const why = needed.map((each) => each.why).join("; ");
  return new TinmanError("DENIED", `Cannot run plugin ${id}: it is not granted ${what} (it says: ${why})`, {
    what,
    hint: grantCommand(id, needed),
  });
}
