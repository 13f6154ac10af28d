import { VirtualClock } from "../clock/mod.ts";
import { type Codec, CodecRegistry } from "../codec/mod.ts";
import type { Files } from "../files/mod.ts";
import {
  createRecording,
  type Frame,
  openRecording,
  type Recording,
  type RecordingOptions,
  type RecordingWriter,
} from "../log/mod.ts";

/** Files, and a folder in them for one test. */
export interface RecordingFixture extends Partial<Disposable> {
  /** Where recordings are written. */
  readonly files: Files;
  /** A folder that is there and empty. */
  readonly folder: string;
}

/** Text as it stands. */
export const text: Codec<string> = {
  id: "text",
  version: 1,
  encode: (value) => new TextEncoder().encode(value),
  decode: (data) => new TextDecoder().decode(data),
};

/** When the recordings begin: both halves of the time are in use. */
export const START_NS = 1_800_000_000_123_456_789n;
const registry = new CodecRegistry([{ id: "text", version: 1, revive: () => text as Codec<unknown> }]);

/** One test's place, clock and recording. */
export class World {
  readonly files: Files;
  readonly path: string;
  readonly folder: string;
  readonly suffix: string;
  readonly compress: "zstd" | "none";
  readonly clock = new VirtualClock(START_NS);

  /** In an empty folder. */
  constructor(
    { files, folder }: RecordingFixture,
    { suffix, compress = "none" }: { readonly suffix: string; readonly compress?: "zstd" | "none" },
  ) {
    [this.files, this.folder, this.suffix, this.path] = [files, folder, suffix, `${folder}/run${suffix}`];
    this.compress = compress;
  }

  /** Begins a recording of small blocks. */
  begin(options: Partial<RecordingOptions> = {}): RecordingWriter {
    const { clock, compress } = this;
    return createRecording(this.files, this.path, { clock, blockBytes: 512, compress, ...options });
  }

  /** Opens it, or another one. */
  open(path: string = this.path): Recording {
    return openRecording(this.files, path, { registry });
  }

  /** Lets time go by. */
  pass(ms: number): void {
    this.clock.advanceTo(this.clock.now() + BigInt(ms) * 1_000_000n);
  }

  /** Writes a whole recording of two channels and an event. */
  write(frames: number): void {
    using recording = this.begin();
    const [a, b] = [recording.channel("a", text), recording.channel("b", text, { latched: true })];
    for (let i = 0; i < frames; i++) (i % 3 === 0 ? b : a).write(`frame ${i}`);
    recording.note("noted");
    recording.close();
  }
}

/** A frame in a form that can be compared. */
export function plain({ channel, index, timeNs, data }: Frame): {
  readonly channel: string;
  readonly index: number;
  readonly timeNs: bigint;
  readonly value: string;
} {
  return { channel, index, timeNs, value: text.decode(data) };
}
