import { TinmanError } from "../errors/mod.ts";
import { framedLink, type Link } from "../link/mod.ts";
import { answer, type AskName, type Mesh, receiveError, sendError, type SentError } from "./mesh_asks.ts";
import type { MeshHost } from "./mesh_host.ts";
import type { MeshIo } from "./mesh_io.ts";
import { toJson } from "./output.ts";

/** Most bytes of a question or an answer. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Where the process that has a dataset is asked. */
export function socketPath(folder: string): string {
  return `${folder}/mesh.sock`;
}

/** The dataset in a folder, as another process has it; undefined when none listens there. */
export async function openMeshSocket(folder: string, { dialLocal }: MeshIo): Promise<Mesh | undefined> {
  const opened = await dialLocal(socketPath(folder));
  if (opened === undefined) return undefined;
  const link = framed(opened);
  const answers = link.incoming[Symbol.asyncIterator]();
  return {
    path: folder,
    isRemote: true,
    ask: async (name: AskName, options: unknown) => {
      await link.send(new TextEncoder().encode(toJson({ name, options })));
      const { value, done } = await answers.next();
      if (done) {
        throw new TinmanError("UNAVAILABLE", `Cannot ask ${folder}: the process that has it has ended`, {
          what: folder,
        });
      }
      const said = JSON.parse(new TextDecoder().decode(value)) as {
        readonly answer: never;
        readonly error?: SentError;
      };
      if (said.error !== undefined) throw receiveError(said.error);
      return said.answer;
    },
    [Symbol.asyncDispose]: () => link.close(),
  };
}

/** Answers who asks over a socket, one question after the other, until the other end closes. */
export async function serveMeshSocket(opened: Link, host: MeshHost): Promise<void> {
  await using link = framed(opened);
  for await (const bytes of link.incoming) {
    let said: { readonly answer: unknown } | { readonly error: SentError };
    try {
      const { name, options } = JSON.parse(new TextDecoder().decode(bytes)) as { name: string; options: unknown };
      said = { answer: await answer(host, String(name), options) ?? null };
    } catch (error) {
      said = { error: sendError(error) };
    }
    await link.send(new TextEncoder().encode(toJson(said)));
  }
}

function framed(link: Link): Link {
  return framedLink(link, { maxBytes: MAX_BYTES });
}
