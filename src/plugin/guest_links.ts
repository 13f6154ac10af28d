import type { Link } from "../link/mod.ts";
import type { GuestPartOptions } from "./guest_stages.ts";
import type { LinkCall } from "./protocol.ts";

/** The links that a guest holds; gives what answers calls for them. Text, as {@linkcode guestMain} is. */
export function guestLinks(options: GuestPartOptions): (call: number, what: LinkCall) => Promise<void> {
  const { send, loaded } = options;
  const { describe, ownValue } = options.kit;
  const links = new Map<number, { readonly link: Link; readonly pieces: AsyncIterator<Uint8Array> }>();
  let lastLink = 0;

  async function link(call: number, what: LinkCall): Promise<void> {
    try {
      send(["linked", call, [true, await useLink(what) ?? null]]);
    } catch (error) {
      send(["linked", call, [false, describe(error)]]);
    }
  }

  async function useLink(what: LinkCall): Promise<unknown> {
    if (what[0] === "open") {
      const transport = ownValue(loaded.plugin.transports, what[1]);
      if (transport === undefined) throw new Error(`the plugin has no transport "${what[1]}"`);
      const opened = await transport.open(what[2]);
      links.set(++lastLink, { link: opened, pieces: opened.incoming[Symbol.asyncIterator]() });
      return [lastLink, opened.kind, String(opened.name), opened.maxBytes];
    }
    const found = links.get(what[1]);
    if (found === undefined) throw Object.assign(new Error("the link is closed"), { code: "CLOSED" });
    if (what[0] === "send") return await found.link.send(what[2]);
    if (what[0] === "read") {
      const { value, done } = await found.pieces.next();
      return done === true ? null : value;
    }
    links.delete(what[1]);
    return await found.link.close();
  }

  return link;
}
