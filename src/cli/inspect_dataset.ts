import { isTinmanError } from "../errors/mod.ts";
import type { Observed } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { meshHere } from "./mesh_open.ts";
import { runMesh } from "./mesh_run.ts";
import { openMeshSocket } from "./mesh_socket.ts";
import { openMeshSource } from "./mesh_source.ts";

/** Whether a folder holds a dataset of the mesh. */
export function isDataset(folder: string, { io }: Pick<Context, "io">): boolean {
  return io.files.stat(`${folder}/dataset.json`)?.kind === "file";
}

/**
 * A dataset to look at: of the process that has it, such as `mesh start`; else it is opened here, meets nobody, and other commands
 * reach it through this one.
 */
export async function openDataset(
  folder: string,
  context: Context,
  owned: AsyncDisposableStack,
): Promise<Observed> {
  const { environment: { clock }, mesh } = context.io;
  try {
    const alone = { listen: undefined, seek: [], multicast: false, original: [] };
    const { host } = owned.use(await runMesh(folder, context, alone));
    return openMeshSource(meshHere(host), { name: host.replica.info.name, clock, isRunning: false });
  } catch (error) {
    const remote = isTinmanError(error, "UNAVAILABLE") ? await openMeshSocket(folder, mesh) : undefined;
    if (remote === undefined) throw error;
    owned.use(remote);
    const { name } = await remote.ask("id", {});
    return openMeshSource(remote, { name, clock, isRunning: true });
  }
}
