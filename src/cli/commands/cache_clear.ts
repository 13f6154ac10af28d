import { defineCommand } from "../command.ts";
import { CACHE_ARCHIVE, CACHE_FILE, openCache } from "../open_cache.ts";
import { count } from "../output.ts";

/** `tinman cache clear` */
export const cacheClear = defineCommand({
  name: "cache clear",
  summary: "Remove what is in a cache: the next run builds it again",
  args: [CACHE_FILE, CACHE_ARCHIVE],
  flags: {},
  examples: [
    ["tinman cache clear cache.db", "all of it"],
    ["tinman cache clear cache.db thumbnails", "what one processor keeps"],
  ],
  exits: { 3: "the file or the archive is not there", 5: "the file is no store of tinman" },
  json: "object",
  run(context) {
    const { out, settings } = context;
    const { archives: all, file, name } = openCache(context);
    using archives = all;
    const removed = archives.clear(name);
    if (settings.json) out.json({ v: 1, file, removed });
    else out.note(`Removed ${count(removed, "value")} from ${file}`);
    return 0;
  },
});
