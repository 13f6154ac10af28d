import type { Files } from "../files/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { FrameCursor } from "./cursor.ts";
import { LogBytes } from "./log_bytes.ts";
import { ChunkReader } from "./mcap_chunks.ts";
import { type McapTopic, topicsOf } from "./mcap_contents.ts";
import { lanesOf, McapCursor, place } from "./mcap_cursor.ts";
import { lookInto } from "./mcap_look.ts";
import { McapScan } from "./mcap_scan.ts";

/** An MCAP file that grows: remembers how far it was read and how many frames each channel had. */
export class FollowedMcap {
  readonly #bytes: LogBytes;
  readonly #scan: McapScan;
  readonly #reader: ChunkReader;
  #topics: ReadonlyMap<number, McapTopic> = new Map();
  #seen = 0;

  /** Opens the file, which may have nothing in it yet. */
  constructor(files: Files, path: string) {
    this.#bytes = new LogBytes(files, path);
    this.#scan = new McapScan(this.#bytes);
    this.#reader = new ChunkReader(this.#bytes);
  }

  /** Whether the data have an end, by the last look. */
  get isEnded(): boolean {
    return this.#scan.dataEnd !== undefined;
  }

  /** Cursors through what was added since the last look: whole chunks. One that is half written waits for the next one. */
  look(wanted: (channel: string) => boolean): readonly FrameCursor[] {
    this.#bytes.refresh();
    this.#scan.advance();
    const chunks = this.#scan.chunks.slice(this.#seen);
    this.#seen += chunks.length;
    for (const chunk of chunks) this.#lookInto(chunk);
    if (this.#scan.channels.size > this.#topics.size) this.#takeChannels();
    const topics = new Map([...this.#topics].filter(([, { name }]) => wanted(name)));
    return lanesOf(place(chunks, this.#topics)).map((lane) => new McapCursor(this.#reader, lane, { topics }));
  }

  /** Releases the file. */
  close(): void {
    this.#bytes.close();
  }

  #takeChannels(): void {
    const before = new Map([...this.#topics.values()].map(({ name, frames }) => [name, frames]));
    this.#topics = topicsOf({ ...this.#scan, library: undefined });
    for (const topic of this.#topics.values()) topic.frames = before.get(topic.name) ?? 0;
  }

  #lookInto(chunk: Parameters<typeof lookInto>[0]): void {
    try {
      lookInto(chunk, this.#reader, this.#scan);
    } catch (error) {
      // Whoever reads its frames is told.
      if (!isTinmanError(error)) throw error;
    }
  }
}
