import { createEnvironment } from "../../mod.ts";
import { main } from "../../src/cli/main.ts";
import { createMemoryIo } from "../../src/cli/memory_io.ts";
import { createProcessIo } from "../../src/cli/process_io.ts";
import type { Ended } from "../cli/processes.ts";

/**
 * Runs `tinman mesh` in this process, on real files and sockets, for tests that are not about processes: each of those
 * takes half a second to start.
 */
export async function meshHere(
  args: readonly string[],
  { cwd, passphrase }: { readonly cwd: string; readonly passphrase?: string },
): Promise<Ended> {
  const { mesh } = createProcessIo();
  const machine = { ...mesh.machine, passphrase: () => passphrase };
  const io = createMemoryIo({ environment: createEnvironment(), folder: cwd, mesh: { ...mesh, machine } });
  const code = await main(["mesh", ...args], io);
  return { code, stdout: io.printed(), stderr: io.noted() };
}
