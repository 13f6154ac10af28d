import { groupFrames } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { FramePrinter } from "../frame_printer.ts";
import { count } from "../output.ts";
import {
  channelsFlag,
  chooseChannels,
  openDecodedArgument,
  openRecordingArgument,
  rangeFlags,
  rangeOf,
  recordingArgument,
} from "../recordings.ts";

/** `tinman log cat` */
export const logCat = defineCommand({
  name: "log cat",
  summary: "Print the frames of a recording, one a line",
  about:
    "A line is the time, the channel and the decoded value; long values are shortened. A frame that does not decode is " +
    "shown as bytes with the reason, and the exit code is then 5. --json has all of each value, as one object a line.",
  args: [recordingArgument],
  flags: {
    channels: channelsFlag,
    ...rangeFlags,
    head: { type: "number", short: "n", value: "N", summary: "Stop after N frames" },
    raw: { type: "boolean", summary: "Print the bytes as hex, and decode nothing" },
  },
  examples: [
    ["tinman log cat latest --head 5", "the first frames of the newest recording"],
    [
      "tinman log cat latest -c 'gps*' --from 50% --json | jq .value",
      "the second half of some channels, for a program",
    ],
    ["tinman log cat runs/7 -c raw --raw", "bytes, where no codec is at hand"],
  ],
  exits: { 3: "the recording or a channel is not there", 5: "a frame did not decode, or bytes are damaged" },
  json: "stream",
  async run(context) {
    const { args: [name], flags, out } = context;
    using recording = flags.raw ? openRecordingArgument(name!, context) : await openDecodedArgument(name!, context);
    const channels = chooseChannels(recording, flags.channels).map((each) => each.name);
    const width = Math.max(0, ...channels.map((each) => Math.min(each.length, 24)));
    const printer = new FramePrinter(context as Context, {
      raw: flags.raw,
      width,
      codec: (channel) => recording.codec(channel),
    });
    const most = flags.head ?? Infinity;
    if (channels.length > 0 && most > 0) {
      for (const group of groupFrames(recording.frames({ channels, ...rangeOf(recording, flags) }), most)) {
        await printer.print(group);
      }
    }
    if (printer.printed === 0 && most > 0) out.note("no frames");
    if (printer.undecoded > 0) out.problem(`${count(printer.undecoded, "frame")} did not decode`);
    return printer.undecoded > 0 ? 5 : 0;
  },
});
