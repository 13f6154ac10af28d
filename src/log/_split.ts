import type { Files } from "../files/mod.ts";
import { begin, bytes, plain, START_NS, text } from "./_fixture.ts";
import { openRecording } from "./recording.ts";
import type { RecordingOptions, RecordingWriter } from "./recording_writer.ts";
import { verifyRecording } from "./verify.ts";

/** A millisecond. */
export const MS = 1_000_000n;
/** The two forms. */
export const forms = ["run", "run.mcap"] as const;

/** All that a recording holds, in a form that can be compared. */
export function read(files: Files, path: string) {
  using recording = openRecording(files, path);
  const { manifest: { channels: described, ...manifest }, problems } = recording;
  const channels = [...recording.channels, ...recording.reservedChannels]
    .map(({ name, codec, latched, frames, drops, firstNs, lastNs }) => {
      return { name, codec: codec && { ...codec }, latched, frames, drops, firstNs, lastNs };
    });
  const frames = plain(recording.frames({ reserved: true }));
  return { manifest, described: described.map(({ file: _, header: __, ...each }) => each), channels, frames, problems };
}

/** What is wrong; frames that were never recorded are not. */
export function findings(files: Files, path: string) {
  return verifyRecording(files, path).findings.filter(({ severity }) => severity !== "info");
}

/** Records 40 frames of two channels, 10 ms apart; `map` is latched. Gives what came of it. */
export function recorded(options: Partial<RecordingOptions> & { files?: Files; folder?: string } = {}) {
  const world = begin({ id: "R", seed: "s", graph: { nodes: ["n"] }, blockBytes: 400, ...options });
  const { recording, clock } = world;
  for (let i = 0; i < 40; i++) {
    clock.advanceTo(START_NS + BigInt(i) * 10n * MS);
    write(recording, i);
  }
  recording.close();
  return { ...world, parts: recording.parts! };
}

/** Writes frame `i`, and what comes with it. */
export function write(recording: RecordingWriter, i: number): void {
  if (i % 15 === 0) recording.channel("map", text, { latched: true }).write(`map ${i}`);
  else recording.channel("gps", bytes).write(new Uint8Array(20).fill(i));
  if (i % 9 === 8) recording.note("noted", { i });
  if (i % 4 === 3) recording.channel("~journal", bytes).write(Uint8Array.of(i));
}
