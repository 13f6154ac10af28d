import { createWallClock, spawnPlugin } from "../../src/platform/mod.ts";
import { openProcess, type ProcessLimits } from "../../src/plugin/process.ts";
import type { Effective } from "../../src/plugin/resolve.ts";
import type { Guest } from "../../src/plugin/protocol.ts";

/** A plugin's process on this machine. */
export function openGuest(
  { effective = {}, limits = {} }: { effective?: Effective; limits?: ProcessLimits } = {},
): Promise<Guest> {
  return openProcess({ plugin: "org.example.test", spawn: spawnPlugin, effective, clock: createWallClock(), limits });
}
