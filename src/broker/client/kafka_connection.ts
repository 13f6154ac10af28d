import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Link } from "../../link/mod.ts";
import { FrameReader } from "../connection/frame_reader.ts";
import type { Api, Loose } from "../protocol/api.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readResponseHeader, writeRequestHeader } from "../protocol/header.ts";
import { protocolError } from "../protocol/protocol_error.ts";
import { WireReader } from "../protocol/wire_reader.ts";
import { WireWriter } from "../protocol/wire_writer.ts";
import { logIn, type SaslCredentials } from "./sasl_client.ts";
import { apiVersionsApi } from "../protocol/18_api_versions.ts";

/** Longest answer that is read. */
const MAX_ANSWER = 256 * 2 ** 20;

/** How a connection begins. */
export interface ConnectOptions {
  /** What the client calls itself. */
  readonly clientId: string;
  /** How it logs in. @default {it does not} */
  readonly sasl?: SaslCredentials | undefined;
}

/** A connection to one broker, for one request at a time. */
export class KafkaConnection {
  readonly #link: Link;
  readonly #clientId: string;
  readonly #frames: FrameReader;
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> = new Map();
  #correlation = 0;
  #broken = false;

  private constructor(link: Link, clientId: string) {
    [this.#link, this.#clientId] = [link, clientId];
    const incoming = link.incoming[Symbol.asyncIterator]();
    this.#frames = new FrameReader(() => incoming.next(), { maxBytes: MAX_ANSWER, minBytes: 4, onEnd: () => {} });
  }

  /** Begins to speak over a link: learns which versions the broker has, logs in. @throws {TinmanError} `UNAVAILABLE`, `PROTOCOL`, `DENIED`. */
  static async open(link: Link, { clientId, sasl }: ConnectOptions): Promise<KafkaConnection> {
    const connection = new KafkaConnection(link, clientId);
    try {
      const software = { clientSoftwareName: "tinman", clientSoftwareVersion: "1" };
      const answer = await connection.#exchange(apiVersionsApi, 3, software) ??
        await connection.#exchange(apiVersionsApi, 0, {});
      if (answer === undefined) throw protocolError("an ApiVersions request that is refused in version 0, too");
      connection.#versions = new Map(
        answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
      );
      if (sasl !== undefined) await logIn((api, request) => connection.ask(api, request), sasl);
      return connection;
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  /** Whether it cannot be used any more. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** Whether the broker serves a request in a version that we speak. */
  serves({ key, min, max }: Pick<Api, "key" | "min" | "max">): boolean {
    const theirs = this.#versions.get(key);
    return theirs !== undefined && Math.min(max, theirs.max) >= Math.max(min, theirs.min);
  }

  /** The highest version that both ends speak. @throws {TinmanError} `UNAVAILABLE` when there is none. */
  versionOf({ key, name, min, max }: Pick<Api, "key" | "name" | "min" | "max">): number {
    const theirs = this.#versions.get(key);
    const version = Math.min(max, theirs?.max ?? -1);
    if (theirs !== undefined && version >= Math.max(min, theirs.min)) return version;
    throw new TinmanError("UNAVAILABLE", `Cannot ask ${this.#link.name} for ${name}: it does not serve it`, {
      what: name,
    });
  }

  /** Asks and waits for the answer, in the highest version that both ends speak, or in `version`. */
  async ask<Q, R>(api: Api<Q, R>, request: Loose<Q>, version: number = this.versionOf(api)): Promise<R> {
    return (await this.#exchange(api, version, request))!;
  }

  /** Ends it. What is asked for fails with `UNAVAILABLE`. */
  async close(): Promise<void> {
    this.#broken = true;
    await this.#link.close();
  }

  /** Asks; gives nothing where a broker does not have the version of ApiVersions, the only request that it may not. */
  async #exchange<Q, R>(api: Api<Q, R>, version: number, request: Loose<Q>): Promise<R | undefined> {
    const { name } = this.#link;
    if (this.#broken) throw gone(name);
    const correlation = this.#correlation++ & 0x7fffffff;
    try {
      const to = new WireWriter();
      to.int32(0);
      writeRequestHeader(to, { key: api.key, version, correlation, client: this.#clientId }, api);
      api.writeRequest(to, request, version);
      const { length } = to;
      const parts = to.parts();
      new DataView(parts[0]!.buffer, parts[0]!.byteOffset).setInt32(0, length - 4);
      for (const part of parts) await this.#link.send(part);
      const frame = await this.#frames.next();
      if (frame === undefined) throw gone(name);
      const from = new WireReader(frame);
      const answered = readResponseHeader(from, api as unknown as Api, version);
      if (answered !== correlation) throw protocolError(`an answer to request ${answered}, expected ${correlation}`);
      // What follows is in version 0 (KIP-511), or in a form of the broker's own: librdkafka's mock has such a one.
      if (api.key === apiVersionsApi.key && isRefusal(frame)) return undefined;
      return api.readResponse(from, version);
    } catch (error) {
      await this.close();
      throw isTinmanError(error, "CLOSED") ? gone(name, error) : error;
    }
  }
}

/** Whether an answer to ApiVersions, whose header is the same in all versions, begins with UNSUPPORTED_VERSION. */
function isRefusal(frame: Uint8Array): boolean {
  return frame.length >= 6 && new DataView(frame.buffer, frame.byteOffset).getInt16(4) === ERROR.UNSUPPORTED_VERSION;
}

function gone(name: string, cause?: unknown): TinmanError<"UNAVAILABLE"> {
  return new TinmanError("UNAVAILABLE", `Cannot ask ${name}: the other end is gone`, { what: name, cause });
}
