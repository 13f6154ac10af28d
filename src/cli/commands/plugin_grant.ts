import { TinmanError } from "../../errors/mod.ts";
import { parseGrantArguments } from "../../plugin/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { describeGrants, needsOf } from "../plugin_access.ts";
import { printNeeds, printUse } from "../plugin_describe.ts";
import { idArgument, openStore } from "../plugin_project.ts";
import { clean } from "../style.ts";

/** `tinman plugin grant` */
export const pluginGrant = defineCommand({
  name: "plugin grant",
  summary: "Allow a plugin something, or deny it for good",
  about:
    "Values are those of Deno's --allow-… flags, with commas between them (two commas are one in a value). What is " +
    "denied is not allowed, whatever else is. It is written to tinman.grants.jsonc, for people to read and to review.",
  args: [
    idArgument,
    {
      name: "CAP[=VALUE,…]",
      summary: "what it may do: serial=/dev/ttyUSB0, or clock, which has no values; without values all of it",
      optional: true,
      repeat: true,
      completes: "nothing",
    },
  ],
  flags: {
    deny: { type: "each", value: "CAP=VALUE", summary: "What it may not do, though something else allows it" },
    dangerous: {
      type: "boolean",
      summary: "Also grant what no border can hold: run, ffi, import, all of env, read or write",
    },
  },
  examples: [
    ["tinman plugin grant org.example.nmea serial=/dev/ttyUSB0", "one port"],
    ["tinman plugin grant org.example.csv read=data --deny read=data/keys", "a folder, but for one in it"],
  ],
  exits: { 3: "the plugin was not added", 4: "it needs --dangerous" },
  json: "object",
  run(context) {
    const { args: [id, ...words], flags, out, settings } = context;
    const grants = parseGrantArguments([...words, ...flags.deny.map((word) => `-${word}`)]);
    if (Object.keys(grants).length === 0) {
      throw new TinmanError("USAGE", `Cannot grant nothing to ${id}`, {
        hint: `tinman plugin info ${id} says what it asks for`,
      });
    }
    const store = openStore(context);
    const all = store.grant(id!, grants, { dangerous: flags.dangerous });
    const { manifest } = store.load(id!);
    const needs = needsOf(manifest, store);
    if (settings.json) out.json({ v: 1, id, grants: all, needs });
    else {
      out.line(clean(`${id} may: ${describeGrants(all)}`));
      printNeeds(needs, context as Context);
      if (needs.required === undefined) printUse(manifest, context as Context);
    }
    return 0;
  },
});
