import { describeKept } from "../../reactive/mod.ts";
import { defineCommand } from "../command.ts";
import { CACHE_ARCHIVE, CACHE_FILE, openCache } from "../open_cache.ts";
import { formatBytes } from "../output.ts";

/** `tinman cache list` */
export const cacheList = defineCommand({
  name: "cache list",
  summary: "List what is in a cache; what would go next comes first",
  args: [CACHE_FILE, CACHE_ARCHIVE],
  flags: {},
  examples: [
    ["tinman cache list cache.db", "all entries"],
    ["tinman cache list cache.db thumbnails", "those of one processor"],
  ],
  exits: { 3: "the file or the archive is not there", 5: "the file is no store of tinman" },
  json: "stream",
  run(context) {
    const { out, settings } = context;
    const { archives: all, file, name } = openCache(context);
    using archives = all;
    const entries = archives.entries(name).map((each) => ({
      ...each,
      holds: describeKept(archives.peek(each.name, each.key) ?? new Uint8Array(0)),
    }));
    if (settings.json) {
      for (const { name, key, bytes, holds } of entries) out.json({ v: 1, archive: name, key, bytes, holds });
    } else if (entries.length === 0) out.note(`Nothing is in ${file}`);
    else {
      const rows = entries.map(({ name, key, bytes, holds }) => [name, key.slice(0, 12), formatBytes(bytes), holds]);
      out.table(["archive", "key", "size", "holds"], rows, { right: ["size"] });
    }
    return 0;
  },
});
