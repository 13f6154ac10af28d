import { catalogue, type ErrorCode, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { failed } from "./failures.ts";
import type { GuestError, LinkCall } from "./protocol.ts";
import type { PluginSession } from "./session.ts";

/** What {@linkcode openSessionLink} opens. */
export interface SessionLinkOptions {
  readonly scheme: string;
  readonly address: string;
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined;
}

/** A link that a transport of a plugin holds open; closing it ends the session. */
export async function openSessionLink(session: PluginSession, options: SessionLinkOptions): Promise<Link> {
  const { scheme, address, signal } = options;
  signal?.throwIfAborted();
  const opened = ask(session, ["open", scheme, address]);
  const [link, kind, name, maxBytes] = readOpened(
    await (signal === undefined ? opened : orAborted(opened, signal)),
    session,
  );
  let closed = false;
  const closedError = () => new TinmanError("CLOSED", `Cannot use ${name}: it was closed`, {});
  const close = async () => {
    if (closed) return;
    closed = true;
    try {
      // One whose plugin is no more is closed: why, who reads or sends hears.
      if (session.failure === undefined) await ask(session, ["close", link]);
    } finally {
      await session.close();
    }
  };
  return {
    kind,
    name,
    maxBytes,
    incoming: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const piece = closed ? null : await ask(session, ["read", link]).catch((error) => {
            // Who reads when the link is closed here is at its end.
            if (closed) return null;
            throw error;
          });
          if (piece === null) return;
          if (!(piece instanceof Uint8Array)) throw nonsense(session);
          yield piece;
        }
      },
    },
    async send(bytes) {
      if (closed) throw closedError();
      await ask(session, ["send", link, bytes]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function ask(session: PluginSession, what: LinkCall): Promise<unknown> {
  const [ok, value] = await session.link(what);
  if (ok) return value;
  throw revived(session.plugin, value as GuestError);
}

/** What a transport throws keeps its code: the contract of links has some. */
function revived(plugin: string, error: GuestError): TinmanError {
  const { code, message } = error;
  if (code === undefined || !Object.hasOwn(catalogue, code)) return failed(plugin, "A transport failed in", error);
  return new TinmanError(code as ErrorCode, message, { what: plugin } as never);
}

function readOpened(value: unknown, session: PluginSession): readonly [number, Link["kind"], string, number] {
  const [link, kind, name, maxBytes] = Array.isArray(value) ? value : [];
  const isRight = Number.isSafeInteger(link) && (kind === "stream" || kind === "datagrams") &&
    typeof name === "string" && Number.isSafeInteger(maxBytes) && maxBytes > 0;
  if (!isRight) throw nonsense(session);
  return [link, kind, name.slice(0, 200), maxBytes];
}

function nonsense({ plugin }: PluginSession): TinmanError<"PLUGIN"> {
  return new TinmanError("PLUGIN", `A transport of plugin ${plugin} gave what is no link`, { plugin });
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
