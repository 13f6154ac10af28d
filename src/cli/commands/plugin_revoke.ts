import { TinmanError } from "../../errors/mod.ts";
import { parseGrantArguments } from "../../plugin/mod.ts";
import { defineCommand } from "../command.ts";
import { describeGrants } from "../plugin_access.ts";
import { idArgument, openStore } from "../plugin_project.ts";
import { clean } from "../style.ts";

/** `tinman plugin revoke` */
export const pluginRevoke = defineCommand({
  name: "plugin revoke",
  summary: "Take back what a plugin was granted",
  about:
    "A `tinman run` or `tinman replay` that is at work hears of it within a second: whoever holds what was taken back is ended and " +
    "opened again without it, as on the page of `tinman run --inspect`. Who cannot do without fails, and that may end the run.",
  args: [
    idArgument,
    {
      name: "CAP[=VALUE,…]",
      summary: "what to take back; everything when left out",
      optional: true,
      repeat: true,
      completes: "nothing",
    },
  ],
  flags: {},
  examples: [
    ["tinman plugin revoke org.example.nmea serial=/dev/ttyUSB1", "one value"],
    ["tinman plugin revoke org.example.nmea", "everything"],
  ],
  exits: { 3: "it was granted nothing, and there is no such plugin" },
  json: "object",
  run(context) {
    const { args: [id, ...words], out, settings } = context;
    const store = openStore(context);
    const before = store.grantsOf(id!);
    // A plugin that is gone may have left its grants behind.
    if (Object.keys(before).length === 0 && !store.list().some((each) => each.id === id)) {
      throw new TinmanError("NOT_FOUND", `Cannot revoke anything from ${id}: there is no such plugin`, {
        kind: "plugin",
        id: id!,
        hint: "tinman plugin list shows them",
      });
    }
    const left = store.revoke(id!, words.length === 0 ? undefined : parseGrantArguments(words, "revoke"));
    if (settings.json) out.json({ v: 1, id, grants: left });
    else out.line(clean(`${id} may: ${describeGrants(left)}`));
    return 0;
  },
});
