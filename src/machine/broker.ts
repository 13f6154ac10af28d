import { EmbeddedBroker, type EmbeddedBrokerOptions } from "../broker/mod.ts";
import {
  type Certificate,
  createDenoFiles,
  createWallClock,
  listenTcp,
  listenTls,
  lockFolder,
  randomSeed,
  secretBytes,
} from "../platform/mod.ts";
import { createRandom } from "../random/mod.ts";

/** Options of {@linkcode openBroker}. */
export type OpenBrokerOptions =
  & Omit<EmbeddedBrokerOptions, "clock" | "random" | "listen" | "files" | "lock" | "users">
  & {
    /** Passwords by name; whoever connects has to log in (PLAIN, SCRAM). @default {nobody has to} */
    readonly users?: Readonly<Record<string, string>>;
    /** Has clients speak TLS. @default {they do not} */
    readonly tls?: Certificate;
  };

/**
 * Starts a broker in this process that stock Kafka clients use; when it resolves, they can connect. Stopped by
 * `await using`, or by `stop()`.
 *
 * `openBroker({ port: 0 })` takes a port that is free: a broker for a test in one line.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the port or the folder is taken, `DENIED`, `WRITE_FAILED`.
 */
export async function openBroker({ users, tls, ...options }: OpenBrokerOptions = {}): Promise<EmbeddedBroker> {
  const broker = new EmbeddedBroker({
    clock: createWallClock(),
    random: createRandom(randomSeed()),
    listen: tls === undefined ? listenTcp : listenTls(tls),
    ...(users !== undefined && { users: { passwords: users, randomBytes: secretBytes } }),
    files: createDenoFiles(),
    lock: lockFolder,
    ...options,
  });
  await broker.start();
  return broker;
}
