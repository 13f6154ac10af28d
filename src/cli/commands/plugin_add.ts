import { type Context, defineCommand } from "../command.ts";
import { type AccessRow, accessRows, needsOf } from "../plugin_access.ts";
import { brings, printNeeds, printUse } from "../plugin_describe.ts";
import { openStore } from "../plugin_project.ts";
import { clean } from "../style.ts";

/** `tinman plugin add` */
export const pluginAdd = defineCommand({
  name: "plugin add",
  summary: "Add a plugin, or a new version; nothing is granted to it",
  about:
    "Copies it to .tinman/plugins and writes the hash of each file to tinman.lock: only these very bytes run from " +
    "now on. Shows what it asks for; of a new version, what it asks for now and did not before. Grants stay as they are.",
  args: [{ name: "SOURCE", summary: "the folder of a plugin, or a file that tinman plugin pack made" }],
  flags: {
    untrusted: { type: "boolean", summary: "Take it though nobody who is trusted has signed it" },
  },
  examples: [["tinman plugin add smooth", "a folder"], [
    "tinman plugin add /media/usb/nmea-1.2.0.plugin",
    "a packed file",
  ]],
  exits: {
    3: "nothing is there",
    4: "nobody who is trusted has signed it",
    5: "its bytes are not those that it says, or its signature is not of them",
  },
  json: "object",
  async run(context) {
    const { args: [source], flags, out, path, settings } = context;
    const store = openStore(context);
    const manifests = new Map(store.list().map(({ id, manifest }) => [id, manifest]));
    const added = await store.add(path(source!), { untrusted: flags.untrusted });
    const { manifest, sha256 } = added.package;
    const before = added.previous === undefined ? undefined : manifests.get(manifest.id);
    const access = accessRows(manifest, before);
    const needs = needsOf(manifest, store);
    const { id, version } = manifest;
    if (settings.json) {
      out.json({
        v: 1,
        id,
        version,
        sha256,
        ...(added.previous !== undefined && { previous: added.previous }),
        signer: added.signer ?? null,
        access,
        needs,
      });
      return 0;
    }
    const was = added.previous === undefined
      ? ""
      : added.previous.sha256 === sha256
      ? ", the same as before"
      : `, before ${added.previous.version}`;
    out.line(clean(`${id} ${version}${was}: ${brings(manifest)}`));
    out.line(clean(`sha256 ${sha256}, ${added.signer === undefined ? "not signed" : `signed by ${added.signer}`}`));
    printAccess(access, added.previous !== undefined, context as Context);
    printNeeds(needs, context as Context);
    if (needs.required === undefined && added.previous === undefined) printUse(manifest, context as Context);
    return 0;
  },
});

function printAccess(access: readonly AccessRow[], isUpgrade: boolean, { out }: Context): void {
  const shown = isUpgrade ? access.filter(({ change }) => change !== "same") : access;
  if (access.length === 0) return void out.line("\nIt asks for nothing: it can only compute.");
  if (shown.length === 0) return void out.line("\nIt asks for what it asked for before.");
  out.line();
  const mark = isUpgrade ? (row: AccessRow) => [row.change] : () => [];
  const head = [...isUpgrade ? ["now"] : [], "asks for", "values", "it says why"];
  out.table(
    head,
    shown.map((row) => [...mark(row), row.name, row.values, row.optional ? `${row.why} (works without)` : row.why]),
  );
  for (const { name, danger, change } of shown) {
    if (danger !== undefined && change !== "gone") {
      out.line(`${out.paint("red", "dangerous")}: ${name}, ${danger}`);
    }
  }
}
