import { recoverRecording } from "../../log/mod.ts";
import { defineCommand } from "../command.ts";
import { compressFlag, readCompress } from "../compress_flag.ts";
import { count, formatBytes } from "../output.ts";
import { findRecordingFolder, recordingArgument } from "../recordings.ts";
import { clean } from "../style.ts";

/** `tinman log recover` */
export const logRecover = defineCommand({
  name: "log recover",
  summary: "Write what is whole of a recording to a new one",
  about:
    "The damaged recording is only read. What was left out is counted, and noted as a gap in the new recording, which is " +
    "verified before this ends. What is whole is copied by tinman log copy.",
  args: [
    { ...recordingArgument, name: "FROM" },
    {
      name: "TO",
      summary: "the new recording, which is not there yet: a folder, or an .mcap file",
      completes: "folder",
    },
  ],
  flags: {
    "keep-damaged": { type: "boolean", summary: "Keep what still has the form of frames in damaged blocks" },
    compress: compressFlag,
  },
  examples: [["tinman log recover recordings/torn recordings/saved", "after a power cut"]],
  exits: { 1: "the disk is full", 3: "the recording is not there", 5: "the new recording does not verify" },
  json: "object",
  run(context) {
    const { args: [from, to], flags, io, out, path, settings } = context;
    const report = recoverRecording(io.files, findRecordingFolder(from!, context), path(to!), {
      keepDamaged: flags["keep-damaged"],
      ...readCompress(flags.compress, { place: to, fix: `name a file: ${to!.replace(/\/+$/, "")}.mcap` }),
    });
    const { channels, verify } = report;
    if (settings.json) out.json({ v: 1, ...report });
    else {
      const rows = channels.map((each) => [
        each.name,
        each.frames.toLocaleString("en-US"),
        each.lostFrames.toLocaleString("en-US"),
        each.damagedBlocks.toLocaleString("en-US"),
        formatBytes(each.cutBytes),
      ]);
      const head = ["channel", "kept", "lost", "damaged blocks", "cut off"];
      out.table(head, rows, { right: head.slice(1) });
      out.line(
        `${verify.ok ? "whole" : "damaged"}: ${count(verify.totals.frames, "frame")} in ${
          clean(report.to)
        }, read again`,
      );
      const apart = report.cutBytes - channels.reduce((sum, each) => sum + each.cutBytes, 0);
      if (apart > 0) out.line(`cut off: ${formatBytes(apart)} behind the last whole record`);
    }
    return verify.ok ? 0 : 5;
  },
});
