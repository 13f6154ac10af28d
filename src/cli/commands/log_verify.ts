import { verifyRecording } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { printFindings, readFinding } from "../findings.ts";
import { count, formatBytes } from "../output.ts";
import { findRecordingFolder, recordingArgument } from "../recordings.ts";

/** `tinman log verify` */
export const logVerify = defineCommand({
  name: "log verify",
  summary: "Read all of a recording and compare it with its checksums",
  about: "Changes nothing. tinman log doctor also looks at codecs and losses, and says what to do.",
  args: [recordingArgument],
  flags: {},
  examples: [["tinman log verify latest", "is it whole?"], [
    "tinman log verify /media/usb/runs/7 --json",
    "after a copy",
  ]],
  exits: { 3: "the recording is not there", 5: "something in it is not what was written" },
  json: "object",
  run(context) {
    const { io, out, settings } = context;
    const { ok, folder, findings, totals } = verifyRecording(io.files, findRecordingFolder(context.args[0]!, context));
    printFindings(findings.map(readFinding), context as Context, { ok, folder, totals });
    if (!settings.json) {
      const { frames, channels, bytes, blocks } = totals;
      const read = `${count(frames, "frame")} in ${count(channels, "channel")}, ${count(blocks, "block")}, ${
        formatBytes(bytes)
      }`;
      out.line(`${ok ? out.paint("green", "whole") : out.paint("red", "damaged")}: ${read}`);
    }
    return ok ? 0 : 5;
  },
});
