import { defineCommand } from "../command.ts";
import { version } from "../version.ts";

/** `tinman version` */
export const versionCommand = defineCommand({
  name: "version",
  summary: "Print the version of tinman and of what it stands on",
  args: [],
  flags: {},
  examples: [["tinman version --json", "for a bug report"]],
  exits: {},
  json: "object",
  run({ out, io, settings }) {
    if (settings.json) out.json({ v: 1, tinman: version, ...io.versions });
    else {
      out.line(`tinman ${version}`);
      for (const [name, text] of Object.entries(io.versions)) out.line(`${name} ${text}`);
    }
    return 0;
  },
});
