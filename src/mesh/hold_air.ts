import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Replica } from "./replica.ts";
import { type AirReport, AirSync, type AirSyncOptions, Bell } from "./sync/mod.ts";

/** Shortest packets that a shared medium may have. */
export const MIN_AIR_BYTES = 64;

/** Options of {@linkcode holdAir}. */
export interface HoldAirOptions extends Pick<AirSyncOptions, "bytesPerSecond" | "beaconMs" | "backOffMs"> {
  readonly clock: Clock;
  /** For delays. */
  readonly random: Random;
  /** Most bytes of a packet, from 64 to what the link takes. @default {what the link takes} */
  readonly maxBytes?: number | undefined;
  /** Ends it; nobody has to be told. */
  readonly signal: AbortSignal;
  /** Called when it begins; `air.report` is as it is whenever it is looked at, its times of the clock. */
  began?(air: { readonly report: AirReport }): void;
  /** Called when something has come. */
  settled?(): void;
}

/**
 * Says on a medium that all share what is new here, and takes what is said there, until `signal` aborts or the link ends,
 * which is closed then. Gives how many events came. Who hears it need not be a member, and what is not sealed they can
 * read. (README of sync, S15)
 *
 * @throws {TinmanError} `CONFIG` for a link of streams or too short packets, and what the link says when it breaks.
 */
export async function holdAir(replica: Replica, link: Link, options: HoldAirOptions): Promise<number> {
  const { clock, signal, settled, began, maxBytes = Infinity, ...rest } = options;
  await using _link = link;
  if (link.kind !== "datagrams" || Math.min(link.maxBytes, maxBytes) < MIN_AIR_BYTES) {
    const why = link.kind === "stream" ? "it is a stream" : `its packets have less than ${MIN_AIR_BYTES} bytes`;
    throw new TinmanError("CONFIG", `Cannot share ${link.name}: ${why}`, {});
  }
  const bell = new Bell(clock);
  using stack = new DisposableStack();
  const air = stack.use(
    new AirSync(replica.feeds, {
      ...rest,
      maxBytes: Math.min(link.maxBytes, maxBytes),
      device: replica.key.device,
      isUrgent: (event) => replica.alerts.has(event),
    }),
  );
  began?.(air);
  let hasNew = false;
  stack.defer(replica.feeds.listen({
    applied: () => {
      hasNew = true;
      bell.ring();
    },
  }));
  stack.defer(() => bell.stop());
  let isOver = signal.aborted;
  const end = () => {
    isOver = true;
    bell.ring();
  };
  signal.addEventListener("abort", end, { once: true });
  stack.defer(() => signal.removeEventListener("abort", end));
  const nowMs = () => Number(clock.now() / 1_000_000n);
  const reading = (async () => {
    for await (const packet of link.incoming) {
      hasNew = false;
      air.receive(packet, nowMs());
      if (hasNew) {
        replica.flush();
        settled?.();
      }
      bell.ring();
    }
  })();
  // Whoever waits for the end of it comes later.
  reading.then(end, end);
  try {
    while (!isOver) {
      const packet = air.poll(nowMs());
      if (packet !== undefined) await link.send(packet);
      else await bell.wait(air.nextMs === Infinity ? undefined : air.nextMs - nowMs());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await link.close();
    await reading.catch((error) => {
      if (!signal.aborted) throw error;
    });
  }
  return air.appliedEvents;
}
