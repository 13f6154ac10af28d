import { createRandom } from "../../src/random/mod.ts";
import type { Feeds } from "../../src/mesh/mod.ts";
import { SyncSession, type SyncSessionOptions } from "../../src/mesh/sync/mod.ts";
import { createSurvey, splitSurvey, SURVEYS } from "./mesh_wire_survey.ts";

/** What it took two replicas to come to the same. */
export interface ExchangeResult {
  /** All bytes of all packets, both ways. */
  readonly bytes: number;
  readonly packets: number;
  readonly events: number;
  /** For both replicas, checks of signatures and hashes with it. */
  readonly cpuMs: number;
}

/** Lets two replicas meet over packets in memory. */
export function exchange(a: Feeds, b: Feeds, options: Partial<SyncSessionOptions> = {}): ExchangeResult {
  const startMs = performance.now();
  const sessions = ["a", "b"].map((name, i) =>
    new SyncSession(i === 0 ? a : b, { random: createRandom(name), ...options })
  );
  let [packets, nowMs] = [0, 0];
  for (let quiet = 0; quiet < 2 && !sessions.every(({ isOver }) => isOver);) {
    quiet++;
    for (const [i, session] of sessions.entries()) {
      for (let packet; (packet = session.poll(nowMs)) !== undefined;) {
        sessions[1 - i]!.receive(packet, nowMs);
        [packets, quiet] = [packets + 1, 0];
      }
    }
    // Acknowledgements wait for a moment whether there is something to go with them.
    nowMs += 25;
  }
  const reports = sessions.map(({ report }) => report);
  if (
    reports.some(({ status, sentEvents, receivedEvents }) => status !== "done" || sentEvents < 0 || receivedEvents < 0)
  ) {
    throw new Error(`They did not come to an end: ${JSON.stringify(reports)}`);
  }
  return {
    bytes: reports.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    events: reports.reduce((sum, { appliedEvents }) => sum + appliedEvents, 0),
    packets,
    cpuMs: performance.now() - startMs,
  };
}

if (import.meta.main) {
  for (const [name, size] of Object.entries(SURVEYS)) {
    const survey = createSurvey(size);
    for (const share of [0.01, 0.5, 1]) {
      for (const options of [{ maxBytes: 500 }, { maxBytes: 1200 }, { maxBytes: 65_536, isReliable: true }]) {
        const { bytes, packets, events, cpuMs } = exchange(...splitSurvey(survey, share), options);
        const each = (bytes / events).toFixed(2);
        const how = `${options.maxBytes} ${options.isReliable ? "reliable" : "datagrams"}`;
        console.log(
          `${name} ${100 * share} % ${how}: ${bytes} bytes, ${each} an event, ${packets} packets, ${
            cpuMs.toFixed(0)
          } ms`,
        );
      }
    }
  }
}
