import { TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { openStore } from "../plugin_project.ts";

/** `tinman plugin trust` */
export const pluginTrust = defineCommand({
  name: "plugin trust",
  summary: "Trust a key, so that only plugins of trusted keys are added",
  about:
    "The keys stand in tinman.grants.jsonc. While there is none, any plugin may be added; what a plugin may do is " +
    "granted apart from this in any case.",
  args: [{
    name: "KEY",
    summary: "ed25519:…, as tinman plugin key and tinman plugin add show it; left out, the keys are listed",
    optional: true,
    completes: "nothing",
  }],
  flags: { remove: { type: "boolean", summary: "Trust it no more; what was added stays" } },
  examples: [
    ["tinman plugin trust ed25519:1VO6phsWwpBwZj+3E02CX1LLFr5fUQtbpszKhRpEYd4=", "from now on"],
    ["tinman plugin trust", "list the keys"],
  ],
  exits: { 3: "the key to remove is not there" },
  json: "object",
  run(context) {
    const { args: [key], flags, out, settings } = context;
    const store = openStore(context);
    if (key !== undefined) {
      if (flags.remove && !store.trusted().includes(key)) {
        throw new TinmanError("NOT_FOUND", `Cannot remove ${key}: it is not trusted`, { kind: "key", id: key });
      }
      store.trust(key, { remove: flags.remove });
    } else if (flags.remove) throw new TinmanError("USAGE", "Cannot remove a key: say which", {});
    const keys = store.trusted();
    if (settings.json) out.json({ v: 1, keys });
    else if (keys.length === 0) out.note("no key is trusted: any plugin may be added");
    else for (const each of keys) out.line(each);
    return 0;
  },
});
