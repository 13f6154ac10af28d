import { join } from "node:path";
import { prepareModules, readPackage } from "../../plugin/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { Finding } from "../findings.ts";
import { printFindings } from "../findings.ts";
import { count } from "../output.ts";
import { type CheckOptions, checkPlugin } from "../plugin_checks.ts";
import { grantsOnce, onceFlags } from "../plugin_run_flags.ts";
import { findPlugin, idOrFolderArgument, openStore } from "../plugin_project.ts";

/** `tinman plugin test` */
export const pluginTest = defineCommand({
  name: "plugin test",
  summary: "Test a plugin: fixtures, round trips, damage, nothing granted",
  about:
    "fixtures/NODE.in.jsonl goes in, fixtures/NODE.out.jsonl has to come out, twice the same, in a made-up time; " +
    'fixtures/NODE.config.json is its configuration. A line is a message as JSON, bytes are {"$bytes":"<hex>"}; where ' +
    'there are several ports it is {"port":…,"value":…}. fixtures/CODEC.codec.jsonl has a {"value":…,"bytes":"<hex>"} ' +
    "a line. Of a stage a line is a frame, as JsonlSink writes it. A plugin that asks for something is also run without it: it has to say so. A folder has none of the grants " +
    "of the project, whatever its id says.",
  args: [idOrFolderArgument],
  flags: {
    update: { type: "boolean", summary: "Take what comes out now as what has to come out; then read what changed" },
    ...onceFlags,
  },
  examples: [
    ["tinman plugin test smooth", "the folder smooth"],
    ["tinman plugin test smooth --update", "write its fixtures anew"],
    ["tinman plugin test plugins/gps --grant serial=/dev/ttyUSB0", "with a port, for this once"],
  ],
  exits: { 3: "there is no such plugin", 5: "its bytes are not those that were added", 6: "a line says fail" },
  json: "object",
  async run(context) {
    const { args: [text], flags, out, settings } = context;
    const { plugin, folder } = open(text!, context as Context);
    if (flags.update && folder === undefined) {
      throw new TinmanError("USAGE", `Cannot update ${text}: it was added as it is`, { hint: "name its folder" });
    }
    const update = (path: string, content: string) =>
      context.io.files.replace(join(folder!, path), new TextEncoder().encode(content));
    const all: CheckOptions = {
      ...plugin,
      grants: { ...plugin.grants, ...grantsOnce(flags, context) },
      ...(flags.update && { update }),
    };
    const findings: Finding[] = [];
    const named = ({ fix, ...finding }: Finding): Finding => ({
      ...finding,
      ...(fix !== undefined && { fix: fix.replace(/\b(?:FOLDER|PLUGIN)\b/, text!) }),
    });
    for await (const finding of checkPlugin(all, context as Context)) {
      findings.push(named(finding));
      out.live(`${count(findings.length, "look")} so far`);
    }
    out.settle();
    printFindings(findings, context as Context, { id: plugin.manifest.id });
    const [failed, warned] = ["fail", "warn"].map((level) => findings.filter((each) => each.level === level).length);
    if (!settings.json) {
      const verdict = failed! > 0 ? out.paint("red", "failed") : out.paint("green", "passed");
      out.line(
        `${verdict}: ${findings.length - failed! - warned!} ok, ${failed} failed${
          warned! > 0 ? `, ${warned} not tested` : ""
        }`,
      );
    }
    return failed! > 0 ? 6 : 0;
  },
});

function open(text: string, context: Context) {
  const target = findPlugin(text, context);
  const store = openStore(context);
  if (target.kind === "added") {
    const loaded = store.load(target.id);
    return { plugin: { ...loaded, grants: store.grantsOf(target.id) }, folder: undefined };
  }
  const pkg = readPackage(context.io.files, target.folder);
  return {
    plugin: { manifest: pkg.manifest, modules: prepareModules(pkg), package: pkg, grants: {} },
    folder: target.folder,
  };
}
