import { TinmanError } from "../errors/mod.ts";

/** The address of a link, taken apart. */
export interface LinkAddress {
  /** Lower case, without the colon: `tcp`. */
  readonly scheme: string;
  /** Name or number of the machine, an IPv6 number without its brackets; undefined for an address such as `serial:…`. */
  readonly host?: string | undefined;
  /** From 0 to 65535. */
  readonly port?: number | undefined;
  /** Who we are there. */
  readonly user?: string | undefined;
  /** Never shown by messages. */
  readonly password?: string | undefined;
  /** `/dev/ttyUSB0` of `serial:/dev/ttyUSB0`; empty when there is none. */
  readonly path: string;
  /** What stands behind the `?`. */
  readonly options: Readonly<Record<string, string>>;
}

/** Longest address that is read. */
const MAX_LENGTH = 4096;

/**
 * Takes an address apart: `tcp://host:port`, `serial:/dev/ttyUSB0?baud=4800`, `udp://239.1.1.1:5000?ttl=2`,
 * `mqtt://user:password@host:1883/topic`. The form is that of RFC 3986; what a part means is up to the transport.
 *
 * @throws {TinmanError} `CONFIG`, which names what is wrong and never shows a password.
 */
export function parseAddress(text: string): LinkAddress {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw unreadable(text, "it does not begin with a scheme and a colon");
  if (text.length > MAX_LENGTH) throw unreadable(text.slice(0, 40), `it is longer than ${MAX_LENGTH} characters`);
  // URL() drops some of these without a word.
  // deno-lint-ignore no-control-regex
  if (/[\s\x00-\x1f\x7f]/.test(text)) throw unreadable(text, "there is a space or a control character in it");
  if (text.includes("#")) throw unreadable(text, "there is a # in it");
  const { authority, path, query } = split(text.slice(scheme.length + 1));
  return { scheme, ...readAuthority(authority, text), path: decode(path, text), options: readOptions(query, text) };
}

/** The text of an address, as messages show it: without the password. */
export function formatAddress({ scheme, host, port, user, path, options }: LinkAddress): string {
  const name = host?.includes(":") ? `[${host}]` : host;
  const who = user === undefined ? "" : `${encodeURIComponent(user)}@`;
  const authority = name === undefined ? "" : `//${who}${name}${port === undefined ? "" : `:${port}`}`;
  const query = Object.entries(options).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  return `${scheme}:${authority}${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}${query && `?${query}`}`;
}

function split(rest: string): { authority: string | undefined; path: string; query: string } {
  const [before = "", ...query] = rest.split("?");
  const found = /^\/\/([^/]*)(.*)$/.exec(before);
  return { authority: found?.[1], path: found === null ? before : found[2]!, query: query.join("?") };
}

type Authority = Pick<LinkAddress, "host" | "port" | "user" | "password">;

function readAuthority(authority: string | undefined, text: string): Authority {
  if (authority === undefined) return {};
  const at = authority.lastIndexOf("@");
  const [user, ...password] = at < 0 ? [] : authority.slice(0, at).split(":");
  const found = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(\d{0,10}))?$/.exec(authority.slice(at + 1));
  if (found === null) throw unreadable(text, "its machine is not a name, a number or [an IPv6 number]");
  const host = found[1] ?? decode(found[2]!, text);
  if (host === "") throw unreadable(text, "it does not say which machine");
  const port = found[3] ? Number(found[3]) : undefined;
  if (port !== undefined && port > 65535) throw unreadable(text, `its port is ${port}, more than 65535`);
  return {
    host,
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user: decode(user, text) }),
    ...(password.length > 0 && { password: decode(password.join(":"), text) }),
  };
}

function readOptions(query: string, text: string): Record<string, string> {
  const pairs = query.split("&").filter((pair) => pair !== "").map((pair) => {
    const [key = "", ...value] = pair.split("=");
    return [decode(key, text), decode(value.join("="), text)] as const;
  });
  const twice = pairs.find(([key], i) => pairs.findIndex(([each]) => each === key) < i)?.[0];
  if (twice !== undefined) throw unreadable(text, `it says "${twice}" twice`);
  return Object.fromEntries(pairs);
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadable(text, "a % in it does not begin a character in UTF-8");
  }
}

function unreadable(text: string, why: string): TinmanError<"CONFIG"> {
  const shown = JSON.stringify(text.slice(0, 200).replace(/\/\/[^/?]*@/, "//…@"));
  return new TinmanError("CONFIG", `Cannot read address ${shown}: ${why}`, {
    hint: "addresses look like tcp://127.0.0.1:10110 or serial:/dev/ttyUSB0?baud=4800",
  });
}
