import { limitsOf, type LoadedPlugin } from "../../plugin/mod.ts";
import type { Parameters } from "../../parameter/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { describeDefault, describeParameter } from "../parameter.ts";
import { accessRows, describeGrants, describeValues, needsOf, resolve, tierOf } from "../plugin_access.ts";
import { printNeeds } from "../plugin_describe.ts";
import { idArgument, openStore } from "../plugin_project.ts";
import { clean } from "../style.ts";

/** `tinman plugin info` */
export const pluginInfo = defineCommand({
  name: "plugin info",
  summary: "Show what a plugin brings, asks for, is granted and misses",
  args: [idArgument],
  flags: { files: { type: "boolean", summary: "Show its files with their hashes" } },
  examples: [["tinman plugin info tinman.nmea", "one that comes with tinman"]],
  exits: { 3: "it was not added", 5: "its bytes are not those that were added", 7: "this version cannot serve it" },
  json: "object",
  run(context) {
    const { args: [id], flags, out, settings } = context;
    const store = openStore(context);
    const loaded = store.load(id!);
    const { manifest, locked } = loaded;
    const { effective, missing } = resolve(manifest, store);
    const needs = needsOf(manifest, store);
    const tier = tierOf(manifest, store);
    const grants = store.grantsOf(id!);
    if (settings.json) {
      const { sha256, hashes } = loaded.package;
      out.json({
        v: 1,
        ...{
          manifest,
          sha256,
          files: Object.fromEntries(hashes),
          locked: locked ?? null,
          builtin: locked === undefined,
        },
        ...{ access: accessRows(manifest), grants, effective, missing, needs, tier, limits: limitsOf(manifest) },
      });
      return 0;
    }
    print(loaded, { tier, granted: describeGrants(grants), files: flags.files }, context as Context);
    printNeeds(needs, context as Context);
    return 0;
  },
});

interface Shown {
  readonly tier: string;
  readonly granted: string;
  readonly files: boolean;
}

function print(loaded: LoadedPlugin, { tier, granted, files }: Shown, { out }: Context): void {
  const { manifest, package: { sha256, hashes }, locked } = loaded;
  const fact = (name: string, text: string | undefined) => {
    if (text !== undefined) out.line(`${out.paint("dim", name.padEnd(8))} ${clean(text)}`);
  };
  const limits = limitsOf(manifest);
  fact("plugin", `${manifest.id} ${manifest.version}`);
  fact("title", manifest.title);
  fact("about", manifest.description);
  fact("license", manifest.license);
  fact("sha256", sha256);
  fact("added", locked?.addedAt ?? "it comes with tinman");
  fact("signed", locked?.signer ?? (locked === undefined ? undefined : "by nobody"));
  fact("runs in", tier);
  fact("limits", `${limits.memoryMB} MiB, ${limits.startMs} ms to start, ${limits.stallMs} ms without an answer`);
  const { nodes, stages } = manifest.provides;
  for (const { name, title, in: inputs, out: outputs, config } of nodes) {
    out.line();
    out.line(clean(`node ${name}${title === undefined ? "" : `: ${title}`}`));
    printRows([...rowsOf("in", inputs), ...rowsOf("out", outputs), ...configRows(config)], out);
  }
  for (const { name, title, in: inputs, config } of stages) {
    out.line();
    out.line(clean(`stage ${name}: ${title}`));
    printRows([...rowsOf("in", inputs), ...configRows(config)], out);
  }
  for (const { name, version } of manifest.provides.codecs) {
    out.line(clean(`\ncodec ${manifest.id}/${name} ${version}`).replace("\\n", "\n"));
  }
  for (const { scheme } of manifest.provides.transports) out.line(clean(`links to ${scheme}:`));
  out.line();
  if (manifest.capabilities.length === 0) out.line("asks for nothing: it can only compute");
  else {
    out.table(
      ["asks for", "values", "it says why"],
      manifest.capabilities.map(({ name, allow, deny = [], why, optional }) => [
        name,
        describeValues(name, { allow: allow ?? true, deny }),
        optional ? `${why} (works without)` : why,
      ]),
    );
    out.line(`granted: ${clean(granted)}`);
  }
  if (!files) return;
  out.line();
  for (const [path, hash] of hashes) out.line(`${hash}  ${clean(path)}`);
}

type Row = readonly [kind: string, name: string, what: string];

function rowsOf(kind: string, ports: Readonly<Record<string, string>>): Row[] {
  return Object.entries(ports).map(([port, what]) => [kind, port, what]);
}

function configRows(config: Parameters): Row[] {
  return Object.entries(config).map(([key, parameter]) => {
    const title = parameter.title === key ? "" : `: ${parameter.title}`;
    return ["config", key, `${describeParameter(parameter)}${title} (${describeDefault(parameter)})`];
  });
}

function printRows(rows: readonly Row[], out: Context["out"]): void {
  const width = Math.max(0, ...rows.map(([, name]) => name.length));
  for (const [kind, name, what] of rows) {
    out.line(clean(`  ${kind.padEnd(6)} ${name.padEnd(width)}  ${what}`).trimEnd());
  }
}
