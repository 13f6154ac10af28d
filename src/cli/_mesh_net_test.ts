import { createLinkPair, type Link } from "../link/mod.ts";
import type { MeshIo, MeshListener } from "./mesh_io.ts";

/** A network in memory, and sockets of the machine: who listens at an address is reached there. */
export function createMeshNet(): Pick<MeshIo, "dial" | "listen" | "dialLocal" | "listenLocal"> {
  const taking = new Map<string, (link: Link) => void>();
  const listenAt = (address: string): MeshListener => {
    const waiting: Link[] = [];
    let [isOpen, wake] = [true, () => {}];
    const ring = () => wake();
    taking.set(address, (link) => {
      waiting.push(link);
      ring();
    });
    const links = (async function* () {
      while (isOpen) {
        const link = waiting.shift();
        if (link !== undefined) yield link;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    })();
    const close = () => {
      isOpen = false;
      taking.delete(address);
      ring();
    };
    return { address, port: 1, links, close };
  };
  const dialAt = (address: string): Link | undefined => {
    const take = taking.get(address);
    if (take === undefined) return undefined;
    const { a, b } = createLinkPair();
    take(b);
    return a;
  };
  return {
    dial: (address) => {
      const link = dialAt(address);
      return link === undefined ? Promise.reject(new Error(`nobody is at ${address}`)) : Promise.resolve(link);
    },
    listen: (address) => Promise.resolve(listenAt(address)),
    dialLocal: (path) => Promise.resolve(dialAt(path)),
    listenLocal: listenAt,
  };
}
