import { didYouMean, TinmanError } from "../../errors/mod.ts";
import { basename, dirname } from "node:path";
import { listRecordings } from "../../log/mod.ts";
import { defineCommand } from "../command.ts";
import { RECORDINGS } from "../recordings.ts";
import { formatDuration, formatTime } from "../time.ts";

/** `tinman log list` */
export const logList = defineCommand({
  name: "log list",
  summary: "List the recordings in a folder, newest last",
  args: [{ name: "DIR", summary: `the folder (default ./${RECORDINGS})`, optional: true, completes: "folder" }],
  flags: {},
  examples: [["tinman log list", "what was recorded here"], ["tinman log list /media/usb --json", "for a program"]],
  exits: { 3: "the folder is not there" },
  json: "object",
  run({ args: [name = RECORDINGS], io, out, path, settings }) {
    const folder = path(name);
    const kind = io.files.stat(folder)?.kind;
    if (kind === "file") {
      throw new TinmanError("NOT_FOUND", `Cannot list ${folder}: it is a file`, {
        kind: "folder",
        id: folder,
        hint: `tinman log info ${folder}, if it is a recording`,
      });
    }
    if (kind === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot list ${folder}: no such folder`, {
        kind: "folder",
        id: folder,
        hint: didYouMean(basename(folder), io.files.list(dirname(folder))) ??
          "tinman run FILE --record makes a recording",
      });
    }
    const recordings = listRecordings(io.files, folder);
    if (settings.json) {
      out.json({
        v: 1,
        folder,
        recordings: recordings.map((each) => ({
          ...each,
          started: each.startedNs === undefined ? undefined : formatTime(each.startedNs),
          ended: each.endedNs === undefined ? undefined : formatTime(each.endedNs),
        })),
      });
      return 0;
    }
    if (recordings.length === 0) {
      out.note(`No recordings in ${folder}`);
      return 0;
    }
    const rows = recordings.map((each) => [
      each.name,
      each.startedNs === undefined ? "–" : formatTime(each.startedNs).replace(/\.\d+Z$/, "Z"),
      each.startedNs === undefined || each.endedNs === undefined
        ? "–"
        : formatDuration(Number((each.endedNs - each.startedNs) / 1000n) / 1000),
      `${each.channels}`,
      each.frames?.toLocaleString("en-US") ?? "–",
      (each.clean ? "clean" : "not ended in good order") + (each.part ? `, part ${each.part.number}` : ""),
    ]);
    out.table(["name", "started", "length", "channels", "frames", "state"], rows, {
      right: ["length", "channels", "frames"],
    });
    return 0;
  },
});
