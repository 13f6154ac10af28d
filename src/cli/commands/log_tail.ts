import { followRecording, type Frame, type Recording } from "../../log/mod.ts";
import { matchesAny } from "../../runtime/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { FramePrinter } from "../frame_printer.ts";
import { boundsOf, channelsFlag, findRecordingFolder, openDecoded, recordingArgument } from "../recordings.ts";

/** `tinman log tail` */
export const logTail = defineCommand({
  name: "log tail",
  summary: "Print the last frames, then follow while it is written",
  about: "Ends when the recording ends, or with Ctrl-C. Channels may still be to come.",
  args: [recordingArgument],
  flags: {
    channels: channelsFlag,
    last: { type: "number", short: "n", value: "N", default: "10", summary: "Begin with the last N frames" },
    raw: { type: "boolean", summary: "Print the bytes as hex, and decode nothing" },
  },
  examples: [
    ["tinman log tail latest", "what is being recorded now"],
    ["tinman log tail latest -c 'gps*' -n 0 --json", "only what is new, for a program"],
  ],
  exits: {
    3: "the recording is not there",
    5: "a frame did not decode",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "stream",
  async run(context) {
    const { args: [name], flags, io, out } = context;
    const folder = findRecordingFolder(name!, context);
    const asked = new AbortController();
    let signalled: string | undefined;
    using _signals = io.environment.onSignals?.((signal) => {
      signalled = signal;
      asked.abort();
    }) ?? { [Symbol.dispose]() {} };
    using codecs = await LateCodecs.open(() => openDecoded(folder, context));
    const printer = new FramePrinter(context as Context, {
      raw: flags.raw,
      width: 12,
      codec: (channel) => codecs.codec(channel),
    });
    const { channels } = flags;
    const reserved = channels.some((glob) => glob.startsWith("~"));
    const wanted = (channel: string) => channels.length === 0 || matchesAny(channel, channels);
    const { clock } = io.environment;
    const frames = followRecording(io.files, folder, { clock, reserved, onlyNew: true, signal: asked.signal });
    try {
      // Begun before the last frames are read, so that nothing can fall between; what is seen twice is left out.
      let next = frames.next();
      const last = lastFrames(codecs.recording, { most: flags.last ?? 10, wanted, reserved });
      const seen = new Map(last.map(({ channel, index }) => [channel, index]));
      await printer.print(last);
      out.flush();
      for (let step = await next; !step.done; step = await next) {
        const frame = step.value;
        next = frames.next();
        if (!wanted(frame.channel) || frame.index <= (seen.get(frame.channel) ?? -1)) continue;
        await printer.print([frame]);
        out.flush();
      }
    } finally {
      // Whoever stops reading early (`| head`) leaves a look at the files behind that is still to come.
      asked.abort();
    }
    if (signalled !== undefined) return signalled === "SIGTERM" ? 143 : 130;
    out.note("the recording has ended");
    return printer.undecoded > 0 ? 5 : 0;
  },
});

/** The codecs of a recording that grows: it is opened again for a channel that was not there before. */
class LateCodecs implements Disposable {
  recording: Recording;
  readonly #open: () => Promise<Recording>;

  private constructor(open: () => Promise<Recording>, recording: Recording) {
    [this.#open, this.recording] = [open, recording];
  }

  static async open(open: () => Promise<Recording>): Promise<LateCodecs> {
    return new LateCodecs(open, await open());
  }

  async codec(channel: string) {
    const known = [...this.recording.channels, ...this.recording.reservedChannels];
    if (!known.some(({ name }) => name === channel)) {
      const newer = await this.#open();
      this.recording.close();
      this.recording = newer;
    }
    return this.recording.codec(channel);
  }

  [Symbol.dispose](): void {
    this.recording.close();
  }
}

interface LastFramesOptions {
  readonly most: number;
  readonly wanted: (channel: string) => boolean;
  readonly reserved: boolean;
}

function lastFrames(recording: Recording, { most, wanted, reserved }: LastFramesOptions): readonly Frame[] {
  const all = [...recording.channels, ...reserved ? recording.reservedChannels : []].filter(({ name }) => wanted(name));
  if (all.length === 0 || most === 0) return [];
  const { firstNs, lastNs } = boundsOf(recording, all);
  const channels = all.map(({ name }) => name);
  // Further and further back from the end, so that a long recording is not read from its beginning.
  for (let backNs = 1_000_000_000n;; backNs *= 8n) {
    const fromNs = lastNs - backNs;
    const frames: Frame[] = [];
    for (const frame of recording.frames({ channels, ...(fromNs > firstNs && { fromNs }) })) {
      frames.push(frame);
      if (frames.length > 2 * most) frames.splice(0, most);
    }
    if (frames.length >= most || fromNs <= firstNs) return frames.slice(-most);
  }
}
