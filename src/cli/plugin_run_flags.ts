import { TinmanError } from "../errors/mod.ts";
import { canonicalValue, type CapabilityName, danger, type Grants, parseGrantArguments } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { openStore } from "./plugin_project.ts";

/** What a plugin may do for this once: the same flags for every command that runs one by itself. */
export const onceFlags = {
  grant: {
    type: "each",
    value: "CAP[=VALUE,…]",
    summary: "Allow this for this once; as tinman plugin grant takes it",
  },
  dangerous: { type: "boolean", summary: "Also what no border can hold, as for tinman plugin grant" },
} as const;

/**
 * What these flags allow.
 *
 * @throws {TinmanError} `USAGE`; `DENIED` for what needs --dangerous.
 */
export function grantsOnce(
  { grant, dangerous }: { readonly grant: readonly string[]; readonly dangerous: boolean },
  context: Pick<Context, "io" | "path">,
): Grants {
  const grants = parseGrantArguments(grant);
  const { paths } = openStore(context);
  for (const [key, { allow }] of Object.entries(grants)) {
    const name = key as CapabilityName;
    const reason = danger(name, allow === true ? true : allow.map((value) => canonicalValue(name, value, paths)));
    if (reason === undefined || dangerous || allow !== true && allow.length === 0) continue;
    throw new TinmanError("DENIED", `Cannot grant ${name} just so: ${reason}`, {
      what: name,
      hint: "if you trust the plugin with that, say the same with --dangerous",
    });
  }
  return grants;
}
