import { createTestEnvironment, type TestEnvironment } from "../testing/mod.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";
import type { MeshIo } from "./mesh_io.ts";

/** What a command line came to. */
export interface LineResult {
  readonly code: number;
  readonly printed: string;
  readonly noted: string;
}

/** A machine in memory for command lines of `tinman mesh`, one after the other on the same files. */
export interface MeshLine {
  readonly environment: TestEnvironment;
  readonly mesh: MeshIo;
  /** Runs `tinman mesh LINE…`. */
  run(...line: readonly string[]): Promise<LineResult>;
  /** The same with `--json`, read. */
  // deno-lint-ignore no-explicit-any -- each test knows what it asked for
  json(...line: readonly string[]): Promise<any>;
}

export function createMeshLine(): MeshLine {
  const environment = createTestEnvironment();
  const { mesh } = createMemoryIo({ environment });
  const run = async (...line: readonly string[]) => {
    const io = createMemoryIo({ environment, mesh, variables: { USER: "Ana" } });
    const code = await main(["mesh", ...line], io);
    return { code, printed: io.printed(), noted: io.noted() };
  };
  const json = async (...line: readonly string[]) => JSON.parse((await run(...line, "--json")).printed);
  return { environment, mesh, run, json };
}
