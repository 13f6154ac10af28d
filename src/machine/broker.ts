import { EmbeddedBroker, type EmbeddedBrokerOptions } from "../broker/mod.ts";
import { createWallClock, listenTcp, randomSeed } from "../platform/mod.ts";
import { createRandom } from "../random/mod.ts";

/** Options of {@linkcode openBroker}. */
export type OpenBrokerOptions = Omit<EmbeddedBrokerOptions, "clock" | "random" | "listen">;

/**
 * Starts a broker in this process that stock Kafka clients use; when it resolves, they can connect. Stopped by
 * `await using`, or by `stop()`.
 *
 * @example A broker for a test
 * ```ts
 * import { openBroker } from "tinman";
 *
 * await using broker = await openBroker({ port: 0 });
 * console.log(broker.bootstrap.startsWith("127.0.0.1:")); // true
 * ```
 * @throws {TinmanError} `UNAVAILABLE` when the port is taken, `DENIED`.
 */
export async function openBroker(options: OpenBrokerOptions = {}): Promise<EmbeddedBroker> {
  const broker = new EmbeddedBroker({
    clock: createWallClock(),
    random: createRandom(randomSeed()),
    listen: listenTcp,
    ...options,
  });
  await broker.start();
  return broker;
}
