import { encodeHeader } from "../codec/mod.ts";
import type { Files } from "../files/mod.ts";
import type { FrameCursor, TimeRange } from "./cursor.ts";
import type { Finding } from "./finding.ts";
import { FolderSource } from "./folder_source.ts";
import { isMcapFile } from "./folders.ts";
import { FRAME_HEADER_BYTES, lengthAt, viewOf } from "./frame.ts";
import type { Manifest } from "./manifest.ts";
import { foreignKind } from "./mcap_salvage.ts";
import { McapSource } from "./mcap_source.ts";
import { findRecording } from "./open_logs.ts";
import { LogReader } from "./reader.ts";
import type { NewChannel } from "./recording_store.ts";
import type { ChannelInfo } from "./recording_source.ts";

/** A recording that is copied: what it says of itself, and its frames. */
export interface CopySource {
  readonly path: string;
  readonly manifest: Manifest;
  /** What is not as it should be. */
  readonly problems: readonly Finding[];
  /** All channels, the reserved ones too, in the order in which they were begun. */
  readonly channels: readonly CopiedChannel[];
  /** Cursors that together go through these channels; each latched one begins with its last value before the range. */
  cursors(channels: ReadonlySet<string>, range: TimeRange): readonly FrameCursor[];
  /** Releases the files. */
  close(): void;
}

/** One channel of it. */
export interface CopiedChannel {
  readonly name: string;
  readonly latched: boolean;
  readonly drops: number;
  /** The id of its codec, if it has one. */
  readonly codec: string | undefined;
  /** What another tool calls the encoding of its frames, where that is no codec here: a folder cannot say it. */
  readonly foreign: string | undefined;
  /** What tells its frames from others, whatever the channel is called. Its first word is for people. */
  readonly kind: string;
  /** Whether its file ended before it said what it holds: the program was killed when it had just begun. */
  readonly isBlank: boolean;
  /** How it is begun in a copy under this name; a folder has no place for encodings of other tools. */
  begin(name: string, options: { readonly latched: boolean; readonly isMcap: boolean }): Omit<NewChannel, "startedNs">;
}

/** Opens the recording at `path`, or the newest one below it. Whoever calls closes it. */
export function openCopySource(files: Files, path: string): CopySource {
  const found = findRecording(files, path);
  const source = isMcapFile(files, found) ? new McapSource(files, found, {}) : new FolderSource(files, found, {});
  const order = new Map(source.manifest.channels.map(({ name }, at) => [name, at]));
  const channels = source.channels.map((info) => copied(files, source, info));
  channels.sort((a, b) =>
    (order.get(a.name) ?? Infinity) - (order.get(b.name) ?? Infinity) || (a.name < b.name ? -1 : 1)
  );
  return {
    path: found,
    manifest: source.manifest,
    problems: source.problems,
    channels,
    cursors: (names, range) => source.cursors(names, { ...range, latched: true }),
    close: () => source.close(),
  };
}

function copied(files: Files, source: McapSource | FolderSource, info: ChannelInfo): CopiedChannel {
  const { name, codec, format, latched, frames, drops } = info;
  const mcap = source instanceof McapSource ? foreignKind(source, name) : undefined;
  const pickle = format === "python" ? firstFrame(files, `${source.path}/${info.file}`) : undefined;
  return {
    name,
    latched,
    drops,
    codec: codec?.codec,
    foreign: codec === undefined ? mcap?.encoding : undefined,
    kind: codec !== undefined
      ? `${codec.codec} ${encodeHeader({ ...codec, channel: "", latched: false }).toHex()}`
      : `${mcap?.encoding ?? format} ${
        mcap?.schema === undefined ? "" : `${mcap.schema.name} ${mcap.schema.data.toHex()}`
      }`,
    isBlank: codec === undefined && mcap === undefined && format === "raw" && frames === 0,
    begin(name, { latched, isMcap }) {
      const own = codec && encodeHeader({ ...codec, channel: name, latched });
      const header = own ?? (isMcap ? undefined : pickle);
      return { name, header, ...(mcap !== undefined && isMcap && { mcap }) };
    },
  };
}

/** The first frame of a log: in those of the Python original a pickle, which is kept and never read. */
function firstFrame(files: Files, path: string): Uint8Array | undefined {
  using log = new LogReader(files, path);
  const block = log.blocks[0];
  if (block === undefined) return undefined;
  const bytes = log.readBlock(block);
  return bytes.slice(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + lengthAt(viewOf(bytes), 0));
}
