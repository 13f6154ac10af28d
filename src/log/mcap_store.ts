import { ByteWriter, checkLimit } from "../bytes/mod.ts";
import { decodeHeader } from "../codec/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Manifest } from "./manifest.ts";
import { kindOf, metadataOf } from "./mcap_channels.ts";
import { encodeChannel, encodeSchema, MAGIC, Op, putRecord, putText } from "./mcap_format.ts";
import { encodeMcapManifest } from "./mcap_manifest.ts";
import { McapWriter, type McapWriterOptions } from "./mcap_writer.ts";
import type { NewChannel, OpenedChannel, RecordingStore } from "./recording_store.ts";

// Channels have 16 bits.
const MAX_CHANNELS = 65_535;

/** A recording as one MCAP file. */
export class McapStore implements RecordingStore {
  readonly #files: Files;
  readonly #path: string;
  readonly #options: McapWriterOptions;
  #writer!: McapWriter;
  #channels = 0;
  #schemas = 0;

  /** For the file at this path. */
  constructor(files: Files, path: string, options: McapWriterOptions) {
    [this.#files, this.#path, this.#options] = [files, path, options];
  }

  begin(manifest: Manifest): void {
    const path = this.#path;
    if (this.#files.stat(path) !== undefined) {
      throw new TinmanError("EXISTS", `Cannot record into ${path}: it is there already`, {
        path,
        hint: "record into another file, or remove this one first; nothing is ever added to a recording",
      });
    }
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (folder !== "") this.#files.makeFolder(folder);
    this.#writer = new McapWriter(this.#files, path, this.#options);
    const out = new ByteWriter(1024).bytes(MAGIC);
    putRecord(out, Op.header, () => {
      putText(out, "");
      putText(out, manifest.tool ?? "tinman");
    });
    const metadata = encodeMcapManifest(manifest);
    this.#writer.summary.addMetadata(out.length, metadata.length);
    this.#writer.putAhead(out.bytes(metadata).view());
    try {
      this.#writer.drain();
    } catch (error) {
      this.#writer.close();
      this.#files.remove(path);
      throw error;
    }
  }

  open({ name, header, mcap }: NewChannel): OpenedChannel {
    checkLimit("a number of channels", this.#channels + 1, MAX_CHANNELS, "the number of files to record into");
    const { encoding, schema } = mcap ?? (header ? kindOf(decodeHeader(header)) : { encoding: "" });
    let schemaId = 0;
    if (schema !== undefined) {
      schemaId = ++this.#schemas;
      this.#put("schema", encodeSchema({ ...schema, id: schemaId }));
    }
    const id = this.#channels++;
    const metadata = mcap?.metadata ?? (header ? metadataOf(header) : new Map());
    this.#put("channel", encodeChannel({ id, schemaId, topic: name, encoding, metadata }));
    return { log: this.#writer.track(id), entry: { name, file: this.#path.slice(this.#path.lastIndexOf("/") + 1) } };
  }

  /** Channels stand in front of their first chunk, so there is nothing to add while it grows. */
  update(): void {}

  end(manifest: Manifest): void {
    const metadata = encodeMcapManifest(manifest);
    this.#writer.end((at) => {
      this.#writer.summary.addMetadata(at, metadata.length);
      return metadata;
    });
  }

  #put(kind: "schema" | "channel", record: Uint8Array): void {
    this.#writer.summary.addRecord(kind, record);
    this.#writer.putAhead(record);
  }
}
