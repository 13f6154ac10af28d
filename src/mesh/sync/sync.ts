import type { Clock } from "../../clock/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Link } from "../../link/mod.ts";
import type { Feeds } from "../feeds.ts";
import { Bell } from "./bell.ts";
import { SyncSession } from "./session.ts";
import type { SyncReport, SyncSessionOptions } from "./session_options.ts";

/** Options of {@linkcode sync}. */
export interface SyncOptions extends SyncSessionOptions {
  /** When things happen. */
  readonly clock: Clock;
  /** Ends the contact; what came until then stays. */
  readonly signal?: AbortSignal;
  /** Told after each packet that came, such as to show what is left. */
  onProgress?(session: SyncSession): void;
}

/**
 * Syncs with the peer at the other end of a link of datagrams, such as a framed stream, until both have all, with `isLive`
 * until one of them goes. The link belongs to it and is closed at the end. A link that breaks is in the report, as is all
 * that the other does wrong.
 */
export async function sync(feeds: Feeds, link: Link, options: SyncOptions): Promise<SyncReport> {
  const { clock, signal, onProgress } = options;
  if (link.kind !== "datagrams") {
    throw new TinmanError("CONFIG", `Cannot sync over ${link.name}: it is a stream, so it has to be framed first`, {});
  }
  const bell = new Bell(clock);
  using session = new SyncSession(feeds, {
    ...options,
    wake: () => bell.ring(),
    maxBytes: Math.min(options.maxBytes ?? Infinity, link.maxBytes),
  });
  const nowMs = () => Number(clock.now() / 1_000_000n);
  const close = () => {
    session.close();
    bell.ring();
  };
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted) close();
  // Others may bring events while nothing happens here.
  const stopListening = feeds.listen({ applied: () => bell.ring() });
  const stopBlobs = options.blobs?.listen?.(() => bell.ring());
  let broken: TinmanError | undefined;
  const reading = (async () => {
    try {
      for await (const packet of link.incoming) {
        session.receive(packet, nowMs());
        onProgress?.(session);
        bell.ring();
      }
    } catch (error) {
      broken = brokenBy(error);
    }
    session.close();
    bell.ring();
  })();
  try {
    while (!session.isOver) {
      const packet = session.poll(nowMs());
      if (packet !== undefined) await link.send(packet);
      else if (!session.isOver) await bell.wait(session.nextMs === undefined ? undefined : session.nextMs - nowMs());
    }
  } catch (error) {
    broken ??= brokenBy(error);
  } finally {
    signal?.removeEventListener("abort", close);
    stopListening();
    stopBlobs?.();
    bell.stop();
    session.close();
    await link.close();
    await reading;
  }
  const { report } = session;
  return broken === undefined || report.status === "done" ? report : { ...report, status: "failed", error: broken };
}

function brokenBy(error: unknown): TinmanError {
  if (isTinmanError(error)) return error;
  throw error;
}
