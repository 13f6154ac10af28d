import { defineCommand } from "../command.ts";
import { CACHE_ARCHIVE, CACHE_FILE, openCache } from "../open_cache.ts";
import { formatBytes } from "../output.ts";

/** `tinman cache info` */
export const cacheInfo = defineCommand({
  name: "cache info",
  summary: "Show what processors keep in a cache, and how often it helped",
  about:
    "Sizes count 512 bytes for the place of each entry. Hits, misses and evictions are counted from the first run on.",
  args: [CACHE_FILE, CACHE_ARCHIVE],
  flags: {},
  examples: [
    ["tinman cache info cache.db", "all archives in it"],
    ["tinman cache info cache.db --json | jq .hits", "for a program"],
  ],
  exits: { 3: "the file or the archive is not there", 5: "the file is no store of tinman" },
  json: "object",
  run(context) {
    const { out, settings, io } = context;
    const { archives: all, file, name } = openCache(context);
    using archives = all;
    const names = name === undefined ? archives.names() : [name];
    const parts = names.map((each) => ({ name: each, ...archives.statistics(each) }));
    const total = archives.statistics(name);
    const fileBytes = io.files.stat(file)?.size ?? 0;
    if (settings.json) {
      out.json({ v: 1, file, fileBytes, ...total, archives: parts });
      return 0;
    }
    const row = (title: string, each: typeof total) => [
      title,
      each.entries.toLocaleString("en-US"),
      formatBytes(each.bytes),
      ...[each.hits, each.misses, each.evictions].map((n) => n.toLocaleString("en-US")),
    ];
    const head = ["archive", "entries", "size", "hits", "misses", "evicted"];
    const rows = parts.map((each) => row(each.name, each));
    if (name === undefined) rows.push(row(`all in ${file}`, total));
    out.table(head, rows, { right: head.slice(1) });
    return 0;
  },
});
