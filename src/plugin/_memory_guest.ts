import type { Plugin } from "./plugin.ts";
import { guestMain } from "./guest.ts";
import type { FromGuest, Guest, GuestModule, ToGuest } from "./protocol.ts";

/** A guest in memory, for tests of what holds it; messages are kept to be looked at. */
export interface MemoryGuest extends Guest {
  readonly said: FromGuest[];
  readonly heard: ToGuest[];
  closed: boolean;
}

/** Runs `plugin` in a guest without any border. */
export function createMemoryGuest(plugin: Plugin | { load(): Promise<Plugin> }): MemoryGuest {
  const said: FromGuest[] = [];
  const heard: ToGuest[] = [];
  const load = async (_modules: readonly GuestModule[]) => ({
    default: "load" in plugin ? await (plugin as { load(): Promise<Plugin> }).load() : plugin,
  });
  const send = (message: FromGuest) => {
    said.push(message);
    if (!guest.closed) guest.onMessage(message);
  };
  const settled = async () => {
    for (let i = 0; i < 100; i++) await Promise.resolve();
  };
  const take = guestMain({ send, load, settled });
  const guest: MemoryGuest = {
    tier: "trusted",
    said,
    heard,
    closed: false,
    onMessage: () => {},
    onGone: () => {},
    post(message) {
      heard.push(message);
      take(message);
    },
    close() {
      guest.closed = true;
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => guest.close(),
  };
  return guest;
}
