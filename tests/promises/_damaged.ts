import { builtinRegistry, Graph, msgpack } from "tinman";
import { createMemoryFiles, type Files } from "../../src/files/mod.ts";
import { createTestEnvironment } from "../../src/testing/environment.ts";
import { consumers, sources } from "./_three_sources.ts";

/** The files of one recording, by name. */
export type RecordedFiles = ReadonlyMap<string, Uint8Array>;

/** Records three sources that publish `frames` values: in virtual time, so that the same comes out each time. */
export async function recordInMemory(frames: number): Promise<RecordedFiles> {
  const env = createTestEnvironment({ defaultCodec: msgpack(), registry: builtinRegistry() });
  const graph = Graph.of(sources(frames), consumers());
  const { recording } = await env.drive(graph.run(env, { record: "recordings" }));
  return readFolder(env.files, recording!);
}

function readFolder(files: Files, folder: string): RecordedFiles {
  return new Map(
    files.list(folder).map((name) => {
      using file = files.open(`${folder}/${name}`, "read");
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return [name, bytes];
    }),
  );
}

/** Files in memory with these in the folder `damaged`, one of them changed; one that becomes undefined is not there. */
export function withChange(
  recorded: RecordedFiles,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Files {
  const files = createMemoryFiles();
  files.makeFolder("damaged");
  for (const [each, bytes] of recorded) {
    const content = each === name ? change(bytes.slice()) : bytes;
    if (content !== undefined) files.replace(`damaged/${each}`, content);
  }
  return files;
}

/** Flips one bit. */
export function flip(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  bytes[at]! ^= 1 << bit;
  return bytes;
}
