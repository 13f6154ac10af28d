import codecManifest from "./plugin_template/codec.jsonc" with { type: "text" };
import codecModule from "./plugin_template/codec.ts" with { type: "text" };
import nodeManifest from "./plugin_template/node.jsonc" with { type: "text" };
import nodeModule from "./plugin_template/node.ts" with { type: "text" };
import stageManifest from "./plugin_template/stage.jsonc" with { type: "text" };
import stageModule from "./plugin_template/stage.ts" with { type: "text" };
import transportManifest from "./plugin_template/transport.jsonc" with { type: "text" };
import transportModule from "./plugin_template/transport.ts" with { type: "text" };
import { pluginSchema } from "../plugin/mod.ts";

/** What `tinman plugin new` makes. */
export const pluginKinds = ["node", "stage", "codec", "transport"] as const;
/** One of {@linkcode pluginKinds}. */
export type PluginKind = (typeof pluginKinds)[number];

/** The files of a new plugin, by path: its manifest, one module, and fixtures that it fits. */
export function pluginFiles(
  options: { readonly kind: PluginKind; readonly name: string; readonly id: string },
): Record<string, string> {
  const { kind, name, id } = options;
  const { manifest, module, fixtures } = templates[kind];
  const scheme = name.toLowerCase();
  const texts: Record<string, string> = { id, name, scheme };
  const key = (text: string) => /^[A-Za-z]\w*$/.test(text) ? text : JSON.stringify(text);
  return {
    "plugin.jsonc": manifest.replaceAll(/\{\{(\w+)\}\}/g, (_, each: string) => texts[each]!),
    "mod.ts": module.replaceAll(/\bNAME\b/g, key(name)).replaceAll("SCHEME:…", `${scheme}:…`)
      .replaceAll(/\bSCHEME\b/g, key(scheme)),
    ...Object.fromEntries(
      Object.entries(fixtures).map(([end, lines]) => [`fixtures/${name}.${end}.jsonl`, `${lines.join("\n")}\n`]),
    ),
    // For the editor. Hidden, so that it is no part of the plugin.
    ".tinman/plugin.schema.json": pluginSchema,
  };
}

interface Template {
  readonly manifest: string;
  readonly module: string;
  readonly fixtures: Readonly<Record<string, readonly string[]>>;
}

const templates: Readonly<Record<PluginKind, Template>> = {
  node: {
    manifest: nodeManifest,
    module: nodeModule,
    fixtures: { in: ["1", "2", "3", "40", '"not a number"', "5"], out: ["1", "1.5", "2", "15", "16"] },
  },
  stage: {
    manifest: stageManifest,
    module: stageModule,
    fixtures: {
      in: [
        '{"timestamp_us":0,"sequence_id":0,"payload":{"left":[0,1,-3],"right":[]},"metadata":{"sample_rate":1000}}',
        '{"timestamp_us":3000,"sequence_id":1,"payload":{"left":["NaN",0.25]}}',
      ],
      out: [
        '{"timestamp_us":0,"sequence_id":0,"payload":{"left":[0,0.5,-0.75],"right":[]},"metadata":{"sample_rate":1000}}',
        '{"timestamp_us":3000,"sequence_id":1,"payload":{"left":["NaN",0.2]}}',
      ],
    },
  },
  codec: {
    manifest: codecManifest,
    module: codecModule,
    fixtures: {
      codec: [
        '{"value":{"lat":47.37689,"lon":8.541694},"bytes":"1c3d23c405175bec"}',
        '{"value":{"lat":-33.856784,"lon":151.215297},"bytes":"ebd1dd605a219f8a"}',
        '{"value":{"lat":0,"lon":-180},"bytes":"0000000094b62e00"}',
      ],
    },
  },
  transport: {
    manifest: transportManifest,
    module: transportModule,
    fixtures: { in: ['{"$bytes":"70696e67"}', '{"$bytes":""}'], out: ['{"$bytes":"70696e67"}', '{"$bytes":""}'] },
  },
};
