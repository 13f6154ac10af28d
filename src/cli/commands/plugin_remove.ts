import { defineCommand } from "../command.ts";
import { idArgument, openStore } from "../plugin_project.ts";

/** `tinman plugin remove` */
export const pluginRemove = defineCommand({
  name: "plugin remove",
  summary: "Remove a plugin, with its grants",
  args: [idArgument],
  flags: {},
  examples: [["tinman plugin remove org.example.nmea", "from .tinman/plugins, tinman.lock and tinman.grants.jsonc"]],
  exits: { 3: "it was not added" },
  json: "object",
  run(context) {
    const { args: [id], out, settings } = context;
    const store = openStore(context);
    const removed = store.grantsOf(id!);
    store.remove(id!);
    if (settings.json) out.json({ v: 1, id, grants: removed });
    else out.note(`removed ${id}`);
    return 0;
  },
});
