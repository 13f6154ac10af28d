import type { Link } from "../../link/mod.ts";
import { handlers } from "../api/mod.ts";
import type { ApiHandler, RequestContext } from "../api/handler.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { FrameReader } from "./frame_reader.ts";
import type { Intercept, Intervention } from "./intercept.ts";
import { readRequestHeader, type RequestHeader, skipHeaderTags, writeResponseHeader } from "../protocol/header.ts";
import { Login, type SaslServer } from "./sasl.ts";
import { WireReader } from "../protocol/wire_reader.ts";
import { WireWriter } from "../protocol/wire_writer.ts";
import { protocolError } from "../protocol/protocol_error.ts";

/** Shortest request: its header with an empty name. */
const MIN_REQUEST = 8;

/** Requests that need no login: SaslHandshake, ApiVersions, SaslAuthenticate. */
const BEFORE_LOGIN: ReadonlySet<number> = new Set([17, 18, 36]);

/** What connections share. */
export interface ConnectionOptions
  extends Omit<RequestContext, "version" | "client" | "host" | "login" | "signal" | "turn"> {
  /** Longest request. */
  readonly maxRequestBytes: number;
  /** What clients may hold, and for how long. */
  readonly limits: ConnectionLimits;
  /** Who may use the broker; nothing: everybody. */
  readonly sasl?: SaslServer | undefined;
  /** Sees every request before it is served. */
  readonly intercept?: Intercept | undefined;
  /** Ends the connection when the request under way is answered. */
  readonly stopping: AbortSignal;
}

/**
 * Serves one client until it or we end the connection. Requests are answered one by one, in the order in which they came;
 * while one is under way the next stay in the socket, which holds the client up. What is not the protocol ends the
 * connection and nothing else.
 *
 * @throws {TinmanError} `PROTOCOL` for what is not the protocol, `TIMEOUT` for who breaks a limit, and whatever the link throws.
 */
export async function serveConnection(link: Link, options: ConnectionOptions): Promise<void> {
  const { stopping, maxRequestBytes, limits } = options;
  const ended = new AbortController();
  const host = `/${link.name.replace(/^\w+:(\/\/)?|:\d+$/g, "")}`;
  const login = new Login(options.sasl);
  const incoming = link.incoming[Symbol.asyncIterator]();
  const frames = new FrameReader(() => incoming.next(), {
    minBytes: MIN_REQUEST,
    maxBytes: maxRequestBytes,
    onEnd: () => ended.abort(),
    onBegin: (bytes) => turn.request(bytes),
  });
  let problem: unknown;
  const turn = limits.open(link.name, (why) => {
    problem = why;
    frames.stop();
    void link.close();
  });
  const stop = () => frames.stop();
  stopping.addEventListener("abort", stop, { once: true });
  if (stopping.aborted) stop();
  const context = { ...options, signal: AbortSignal.any([ended.signal, stopping]), host, login, turn };
  try {
    turn.idle();
    for (let frame = await frames.next(); frame !== undefined; frame = await frames.next()) {
      // The next request is read while this one is under way, so that an end of the client is noticed.
      frames.readAhead();
      turn.serve();
      const parts = await answer(frame, context);
      if (parts === "drop") return;
      if (parts !== undefined) {
        turn.answer(parts.reduce((sum, { length }) => sum + length, 0));
        for (const part of parts) await link.send(part);
      }
      turn.idle();
    }
  } catch (error) {
    throw problem ?? error;
  } finally {
    turn.close();
    stopping.removeEventListener("abort", stop);
    ended.abort();
    await link.close();
  }
  if (problem !== undefined) throw problem;
}

type AnswerOptions =
  & Omit<ConnectionOptions, "stopping" | "maxRequestBytes">
  & Pick<RequestContext, "signal" | "host" | "login" | "turn">;

/** The bytes that answer a request; nothing where the client wants no answer. */
async function answer(frame: Uint8Array, options: AnswerOptions): Promise<Uint8Array[] | "drop" | undefined> {
  const from = new WireReader(frame);
  const header = readRequestHeader(from);
  const { key, version, correlation, client } = header;
  const handler = handlers.get(key);
  if (handler === undefined) throw protocolError(`request ${key} of version ${version}, which is not served`);
  const { api } = handler;
  if (!options.login.isDone && !BEFORE_LOGIN.has(key)) throw protocolError(`${api.name} before a login`);
  if (version < api.min || version > api.max) return refuseVersion(header, options);
  skipHeaderTags(from, api, version);
  const request = api.readRequest(from, version);
  const context = { ...options, version, client: client ?? "" };
  const decided = options.intercept === undefined ? undefined : await intervene(handler, request, context);
  if (decided === "drop") return "drop";
  if (decided === "ignore") return undefined;
  const response = decided?.answer ?? await handler.handle(request, context);
  if (response === undefined) return undefined;
  const to = new WireWriter(1024);
  writeResponseHeader(to, correlation, api, version);
  api.writeResponse(to, response as never, version);
  return framed(to);
}

/** What a test wants done about a request. What was served already is not served again. */
async function intervene(
  handler: ApiHandler,
  request: unknown,
  context: RequestContext & Pick<ConnectionOptions, "intercept">,
): Promise<Intervention> {
  const { key, name } = handler.api;
  const { version, client } = context;
  type Fields = Readonly<Record<string, unknown>>;
  let served: Promise<Fields | undefined> | undefined;
  const serve = () => served ??= Promise.resolve(handler.handle(request, context) as Fields | undefined);
  const decided = await context.intercept!({ name, key, version, client, request: request as Fields, serve });
  if (decided !== undefined || served === undefined) return decided;
  const answer = await served;
  return answer === undefined ? "ignore" : { answer };
}

/** ApiVersions is answered in a version that every client reads, with all that is served (KIP-511). */
function refuseVersion({ key, version, correlation }: RequestHeader, { served }: AnswerOptions): Uint8Array[] {
  const handler = handlers.get(key)!;
  if (key !== 18) {
    const { name, min, max } = handler.api;
    throw protocolError(`${name} of version ${version}, expected ${min} to ${max}`);
  }
  const to = new WireWriter();
  writeResponseHeader(to, correlation, handler.api, 0);
  const apiKeys = served.map(({ key, min, max }) => ({ apiKey: key, minVersion: min, maxVersion: max }));
  handler.api.writeResponse(to, { errorCode: ERROR.UNSUPPORTED_VERSION, apiKeys } as never, 0);
  return framed(to);
}

/** Behind their length. */
function framed(to: WireWriter): Uint8Array[] {
  const { length } = to;
  const parts = to.parts();
  const head = new Uint8Array(4 + parts[0]!.length);
  new DataView(head.buffer).setInt32(0, length);
  head.set(parts[0]!, 4);
  return [head, ...parts.slice(1)];
}
