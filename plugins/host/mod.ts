/**
 * The machine's own telemetry, as counters; what changed between two of them is up to who reads them.
 *
 * @module
 */
import { definePlugin, type PluginContext } from "tinman/plugin";
import { readTelemetry } from "./machine.ts";

export { type MachineCounters, type MachineTelemetry, readMachine } from "./machine.ts";

export default definePlugin({ nodes: { telemetry } });

/** Publishes the counters again and again until it is stopped. */
async function telemetry(context: PluginContext): Promise<void> {
  const { everyMs = 1000 } = context.config;
  if (typeof everyMs !== "number" || !(everyMs >= 10 && everyMs <= 86_400_000)) {
    throw Object.assign(new Error(`Cannot read counters: everyMs is ${everyMs}, not 10 to 86400000`), {
      code: "CONFIG",
    });
  }
  while (!context.signal.aborted) {
    await context.out.counters?.publish(readTelemetry());
    try {
      await context.clock.sleep(everyMs);
    } catch (error) {
      // The sleep of a node that has to stop is refused.
      if (!context.signal.aborted) throw error;
    }
  }
}
