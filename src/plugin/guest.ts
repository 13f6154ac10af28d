import { guestCodecs } from "./guest_codecs.ts";
import { guestKit } from "./guest_kit.ts";
import { guestLinks } from "./guest_links.ts";
import { guestNodes } from "./guest_nodes.ts";
import { guestPorts } from "./guest_ports.ts";
import { guestStages } from "./guest_stages.ts";
import type { Plugin } from "./plugin.ts";
import type { FromGuest, GuestModule, ToGuest } from "./protocol.ts";

/** What a tier gives to the guest in it. */
export interface GuestWorld {
  /** Says something to tinman. */
  send(message: FromGuest): void;
  /** Loads modules, each after those that it imports, and gives the exports of the last. */
  load(modules: readonly GuestModule[]): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves when all that could go on by itself has; left out where tinman can see that from outside. */
  readonly settled?: (() => Promise<void>) | undefined;
}

/** What takes the messages of tinman. */
export type TakeMessage = (message: ToGuest) => void;

const parts = { guestCodecs, guestKit, guestLinks, guestNodes, guestPorts, guestStages };

/**
 * The code that runs a plugin, the same in every tier; returns what takes the messages of tinman.
 *
 * It is handed to workers and to QuickJS as {@linkcode guestText}, so nothing in it, or in any of its parts, may refer to
 * anything outside of it but types.
 */
export function guestMain(world: GuestWorld): TakeMessage {
  return assemble(world, parts);
}

/** The text of {@linkcode guestMain}. */
export const guestText: string = `((world) => (${assemble})(world, { ${
  Object.entries(parts).map(([name, part]) => `${name}: ${part}`).join(",\n")
} }))`;

function assemble(world: GuestWorld, parts: GuestParts): TakeMessage {
  const { send } = world;
  const kit = parts.guestKit(send);
  const loaded: { plugin: Plugin } = { plugin: {} };
  const options = { send, kit, loaded };
  const toNode = parts.guestNodes({ ...options, ports: parts.guestPorts(send) });
  const code = parts.guestCodecs(options);
  const stage = parts.guestStages(options);
  const link = parts.guestLinks(options);
  let heard = 0;

  function load(modules: readonly GuestModule[]): void {
    world.load(modules).then((exports) => {
      const found = exports["default"];
      if (typeof found !== "object" || found === null) throw new Error("it has no default export: definePlugin({ … })");
      const plugin = loaded.plugin = found as Plugin;
      const codecs = Object.entries(plugin.codecs ?? {}).map(([name, { version }]) => [name, version] as const);
      send(["ready", {
        nodes: Object.keys(plugin.nodes ?? {}),
        stages: Object.keys(plugin.stages ?? {}),
        codecs: Object.fromEntries(codecs),
        transports: Object.keys(plugin.transports ?? {}),
      }]);
    }).catch((error) => send(["broken", kit.describe(error)]));
  }

  return (message) => {
    heard++;
    switch (message[0]) {
      case "load":
        load(message[1]);
        break;
      case "ping":
        break;
      case "code":
        code(message[1], [message[2], message[3], message[4], message[5]]);
        break;
      case "stage":
        void stage(message[1], message[2]);
        break;
      case "link":
        void link(message[1], message[2]);
        break;
      default:
        toNode(message, heard);
    }
    const after = heard;
    void world.settled?.().then(() => after === heard && send(["idle", heard]));
  };
}

type GuestParts = typeof parts;
