import { type Context, defineCommand } from "../command.ts";
import { printFindings } from "../findings.ts";
import { findPlugin, openStore } from "../plugin_project.ts";
import { verifyAdded, type VerifyFinding, verifyFolder } from "../plugin_verify.ts";

/** `tinman plugin verify` */
export const pluginVerify = defineCommand({
  name: "plugin verify",
  summary: "Check bytes, signature, imports and requests, running nothing",
  about:
    "The bytes of plugins that were added are compared with tinman.lock. Says all that is wrong, not only the first.",
  args: [{
    name: "PLUGIN",
    summary: "an id, or a folder; all that were added when left out",
    optional: true,
    completes: "folder",
  }],
  flags: {},
  examples: [["tinman plugin verify", "all of the project, in CI"], [
    "tinman plugin verify smooth",
    "before it is packed",
  ]],
  exits: { 3: "there is no such plugin", 5: "bytes are not what they should be", 6: "a line says fail" },
  json: "object",
  async run(context) {
    const { args: [text], out, settings } = context;
    const findings = await verify(text, context as Context);
    printFindings(findings.map(({ integrity: _, ...finding }) => finding), context as Context);
    if (!settings.json && findings.length === 0) out.note("no plugin was added");
    if (findings.some(({ integrity }) => integrity)) return 5;
    return findings.some(({ level }) => level === "fail") ? 6 : 0;
  },
});

async function verify(text: string | undefined, context: Context): Promise<VerifyFinding[]> {
  if (text === undefined) {
    const ids = openStore(context).list().filter(({ builtin }) => !builtin).map(({ id }) => id);
    return (await Promise.all(ids.map((id) => verifyAdded(id, context)))).flat();
  }
  const target = findPlugin(text, context);
  return target.kind === "added" ? await verifyAdded(target.id, context) : await verifyFolder(target.folder, context);
}
