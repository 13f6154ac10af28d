import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Finding } from "./finding.ts";
import { LogBytes } from "./log_bytes.ts";
import { ChunkReader } from "./mcap_chunks.ts";
import type { McapContents } from "./mcap_contents.ts";
import { MAGIC } from "./mcap_format.ts";
import { lookInto } from "./mcap_look.ts";
import { McapScan } from "./mcap_scan.ts";
import { readLibrary, readSummary } from "./mcap_summary_reader.ts";
import type { LogReaderOptions } from "./reader.ts";

/** One MCAP file, ours or another's, open for reading: what is in it, and its chunks. */
export class McapFile {
  readonly contents: McapContents;
  /** Reads its chunks. */
  readonly chunks: ChunkReader;
  /** What is not as it should be, the end of the file apart. */
  readonly problems: readonly Finding[];
  /** Where the last whole record ends, bytes behind that, which are not read, and why. */
  readonly cut: { readonly at: number; readonly bytes: number; readonly problem: string | undefined };
  #bytes: LogBytes;

  /**
   * Opens the file at `path`, which must be there.
   *
   * @throws {TinmanError} `FOREIGN_LOG` when it is no MCAP file.
   */
  constructor(files: Files, path: string, options: LogReaderOptions = {}) {
    this.#bytes = new LogBytes(files, path);
    try {
      ({ contents: this.contents, problems: this.problems, cut: this.cut } = open(this.#bytes, options));
      // Only a file that nobody writes to any more may be mapped: a shorter one would end this process.
      if (this.contents.dataEnd !== undefined) {
        const mapped = new LogBytes(files, path, { map: true });
        this.#bytes.close();
        this.#bytes = mapped;
      }
    } catch (error) {
      this.#bytes.close();
      throw error;
    }
    this.chunks = new ChunkReader(this.#bytes, options);
  }

  /** Bytes of the file. */
  read(at: number, length: number): Uint8Array {
    return this.#bytes.read(at, length);
  }

  /** Releases the file; what was read stays valid. Twice is fine. */
  close(): void {
    this.#bytes.close();
  }
}

type Opened = Pick<McapFile, "contents" | "problems" | "cut">;

function open(bytes: LogBytes, options: LogReaderOptions): Opened {
  const problems: Finding[] = [];
  const summary = readSummary(bytes);
  if (!hasMagic(bytes, 0)) {
    if (summary === undefined) throw foreign(bytes.path);
    problems.push({ severity: "error", at: 0, message: "its first bytes are not those of MCAP", fix: COPY });
  }
  if (summary !== undefined && "contents" in summary) {
    return { contents: summary.contents, problems, cut: { at: bytes.size, bytes: 0, problem: undefined } };
  }
  const scan = new McapScan(bytes);
  scan.advance();
  const end = complete(scan, new ChunkReader(bytes, options));
  if (summary !== undefined) {
    const message = `its summary cannot be used, ${summary.problem}: the data in front of it were read instead`;
    problems.push({ severity: "error", message, fix: RECOVER });
  } else if (scan.dataEnd !== undefined && !hasMagic(bytes, bytes.size - MAGIC.length)) {
    const message = "what stands behind the data is missing: the data were read instead";
    problems.push({ severity: "warning", at: scan.dataEnd.at, message, fix: RECOVER });
  }
  const { schemas, channels, chunks, metadata, dataEnd } = scan;
  const cut = { ...end, bytes: dataEnd === undefined ? bytes.size - end.at : 0 };
  return { contents: { library: readLibrary(bytes), schemas, channels, chunks, metadata, dataEnd }, problems, cut };
}

/** Looks into the chunks of which too little is known; returns where the last whole record ends, and why. */
function complete(scan: McapScan, reader: ChunkReader): { readonly at: number; readonly problem: string | undefined } {
  const last = scan.chunks.at(-1);
  for (const chunk of [...scan.chunks]) {
    const { counts = [] } = chunk;
    if (counts.length > 0 && counts.every((id, i) => i % 2 === 1 || scan.channels.has(id))) continue;
    try {
      lookInto(chunk, reader, scan);
    } catch (error) {
      if (!isTinmanError(error)) throw error;
      if (error.code !== "CORRUPT_LOG" || chunk !== last || !scan.endsInChunk || scan.dataEnd !== undefined) continue;
      // A crash of the machine may leave a chunk of the right length without its last bytes.
      scan.chunks.pop();
      return { at: chunk.at, problem: "ends with a chunk that is not whole" };
    }
  }
  return { at: scan.at, problem: scan.problem };
}

function hasMagic(bytes: LogBytes, at: number): boolean {
  const found = bytes.read(at, MAGIC.length);
  return found.length === MAGIC.length && MAGIC.every((byte, i) => byte === found[i]);
}

const RECOVER = "tinman log recover writes what is whole to a new recording";
const COPY = "compare it with a copy";

function foreign(path: string): TinmanError<"FOREIGN_LOG"> {
  return new TinmanError("FOREIGN_LOG", `Cannot open a recording in ${path}: it is no MCAP file`, {
    path,
    hint: "an MCAP file begins with the bytes 89 4d 43 41 50 30 0d 0a",
  });
}
