import { isTinmanError } from "../errors/mod.ts";
import type { FormSchema } from "../form/mod.ts";
import type { Context } from "./command.ts";
import type { Flags, FlagValues } from "./flags.ts";
import { importFormFile, readFormFile } from "./form_file.ts";
import { answer, type AskName, type Mesh } from "./mesh_asks.ts";
import { createHost, type MeshHost } from "./mesh_host.ts";
import { openMeshSocket } from "./mesh_socket.ts";
import { clean } from "./style.ts";

/** Which dataset is meant. */
export const meshFlags = {
  data: { type: "string", short: "D", value: "DIR", default: "mesh", summary: "The folder of the dataset" },
} as const satisfies Flags;

/** The form that records are checked with. */
export const formFlags = {
  form: {
    type: "string",
    value: "FILE",
    summary: "Keep this form with the dataset first: an XLSForm, an XForm or tinman's own JSON",
  },
} as const satisfies Flags;

/** Exit codes of commands that read or write a dataset. */
export const meshExits: Readonly<Record<number, string>> = {
  3: "there is no dataset, or no such record",
  4: "this device may not do that",
  5: "the log of the dataset is damaged: tinman mesh fsck",
  7: "another process has the dataset, or nobody answers",
};

/** What commands about a dataset get. */
export type MeshContext = Pick<Context<FlagValues<typeof meshFlags>>, "flags" | "io" | "path" | "out">;

/** How long to wait for another command that is nearly done. */
const PATIENCE_MS = 5_000;
const EVERY_MS = 50;

/** The folder that is meant. */
export function meshPath({ flags, path }: Pick<MeshContext, "flags" | "path">): string {
  return path(flags.data ?? meshFlags.data.default);
}

/** Opens a dataset; when `mesh start` has it, what is asked is asked there. */
export async function openMesh(context: MeshContext): Promise<Mesh> {
  const folder = meshPath(context);
  const { machine } = context.io.mesh;
  const { clock } = machine;
  const until = clock.elapsedNs() + PATIENCE_MS * 1e6;
  for (;;) {
    // Who has it has opened it, which takes long for one that is encrypted.
    const remote = await openMeshSocket(folder, context.io.mesh);
    if (remote !== undefined) return remote;
    try {
      return openHere(folder, context);
    } catch (error) {
      if (!isTinmanError(error, "UNAVAILABLE") || clock.elapsedNs() > until) throw error;
      await clock.sleep(EVERY_MS);
    }
  }
}

/** A dataset of this process, to be asked as any other. */
export function meshHere(host: MeshHost): Mesh {
  return {
    path: host.replica.path,
    isRemote: false,
    ask: (name: AskName, options: unknown) => answer(host, name, options) as Promise<never>,
    [Symbol.asyncDispose]: async () => {
      await host.station.close();
      host.attachments.close();
      host.tables[Symbol.dispose]();
      host.replica.close();
    },
  };
}

/** The form that `--form` names, and what is odd in it. @throws {TinmanError} With all that is wrong. */
export function wantedForm(
  file: string | undefined,
  context: MeshContext,
): { readonly form: FormSchema; readonly oddities: readonly string[] } | undefined {
  if (file === undefined) return undefined;
  const { form, problems } = importFormFile(file, context as unknown as Context);
  const whole = form ?? readFormFile(file, context as unknown as Context);
  return { form: whole, oddities: problems.map(({ level, message }) => `${file}: ${level}: ${message}`) };
}

/** Keeps the form that `--form` names; gives its id. What is odd in it is noted. */
export async function keepForm(
  mesh: Mesh,
  file: string | undefined,
  context: MeshContext,
): Promise<string | undefined> {
  const wanted = wantedForm(file, context);
  if (wanted === undefined) return undefined;
  for (const oddity of wanted.oddities) context.out.note(clean(oddity));
  const { id, isShared } = await mesh.ask("addForm", { form: wanted.form });
  if (!isShared) context.out.note(`form ${clean(id)} is kept on this machine alone: admins share forms with all`);
  return id;
}

/** Warns of what was damaged at the end of a log that was just opened, and is not in it any more. (SPEC F10) */
export function warnOfCut({ replica: { path, cutOff } }: MeshHost, { out }: Pick<MeshContext, "out">): void {
  if (cutOff?.saved === undefined) return;
  const { at, bytes, saved } = cutOff;
  const text = `the last ${bytes} bytes of ${path}/feeds.log, at ${at}, were damaged and are now in ${saved}: tinman ` +
    "mesh sync gets what they said from a peer that has it";
  out.problem(out.paintError("yellow", `warning: ${clean(text)}`));
}

function openHere(path: string, context: MeshContext): Mesh {
  const host = createHost(path, context.io.mesh);
  warnOfCut(host, context);
  return meshHere(host);
}
