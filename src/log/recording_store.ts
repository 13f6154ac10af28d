import type { Manifest, ManifestChannel } from "./manifest.ts";
import type { McapKind } from "./mcap_channels.ts";

/** The frames of one channel on their way into a recording. */
export interface ChannelLog {
  /** How many frames were taken, the header included where it is a frame. */
  readonly frames: number;
  /** Appends one frame; the time comes in its two halves and is not compared. `payload` is copied or written, not kept. */
  append(payload: Uint8Array, hi: number, lo: number): void;
  /** The same with a time that must not be before that of the last frame. */
  writeBytes(payload: Uint8Array, timeNs: bigint): void;
  /** Hands everything to the operating system and, unless `sync` is `never`, waits until it is on the disk. */
  flush(): void;
  /** Hands everything to the operating system. */
  drain(): void;
  /** Ends the log; twice is fine. Frames that the disk does not take are no longer counted, and are its error. */
  close(): void;
}

/** A form of recordings: a folder of logs, or one file. It knows bytes and names, and nothing of clocks. */
export interface RecordingStore {
  /** Makes the place, in which nothing may be yet. */
  begin(manifest: Manifest): void;
  /** Opens a channel that begins with this header, when it has one. */
  open(channel: NewChannel): OpenedChannel;
  /** Writes down what is known by now. */
  update(manifest: Manifest): void;
  /** Ends the recording, when all channels are closed. */
  end(manifest: Manifest): void;
}

/** A channel that is to be written. */
export interface NewChannel {
  readonly name: string;
  /** Its codec header; undefined for frames of unknown kind. */
  readonly header: Uint8Array | undefined;
  /** When the recording began. */
  readonly startedNs: bigint;
  /** What another tool said of it in MCAP, for a copy in that form. */
  readonly mcap?: McapKind & { readonly metadata: ReadonlyMap<string, string> };
}

/** A channel that was opened, and what the manifest says of it. */
export interface OpenedChannel {
  readonly log: ChannelLog;
  readonly entry: Pick<ManifestChannel, "name" | "file">;
}

/** Does one thing after the other although some fail. */
export class Failures {
  /** What failed first. */
  first: unknown;

  /** Does this; what it throws is kept. */
  attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.first ??= error;
    }
  }

  /** Throws what failed first, if anything did. */
  throwFirst(): void {
    if (this.first !== undefined) throw this.first;
  }
}
