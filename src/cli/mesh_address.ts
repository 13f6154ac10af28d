/** Where `mesh start` listens if nothing else is said. */
export const MESH_PORT = 4242;

/** An address of a peer with all of its parts: `tcp:base.local` is `tcp://base.local:4242`. Others stay as they are. */
export function wholeAddress(text: string): string {
  const found = /^tcp:(?:\/\/)?(\[[0-9a-fA-F:.%]+\]|[^:/?#@\s[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text);
  return found === null ? text : `tcp://${found[1]}:${found[2] ?? MESH_PORT}`;
}
