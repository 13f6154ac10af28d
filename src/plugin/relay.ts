import { guestText } from "./guest.ts";
import { hardenGlobals } from "./relay_globals.ts";
import { type RelayOptions, relayWorker } from "./relay_worker.ts";
import { createWireReader, createWireWriter } from "./wire.ts";

/**
 * The text of the worker in which a plugin runs in another process. It is handed over, because a worker without
 * permissions can load nothing, and because a plugin as a worker's own entry could read what the process may read.
 */
export function relayText(options: RelayOptions): string {
  const parts = { guestMain: guestText, hardenGlobals, createWireReader, createWireWriter };
  const texts = Object.entries(parts).map(([name, part]) => `${name}: ${part}`);
  return `(${relayWorker})({ ${texts.join(",\n")} }, ${JSON.stringify(options)});`;
}
