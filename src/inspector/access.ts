/*
 * Who may ask for what. A web page of a stranger that runs in a browser on this machine can reach every port of the loopback, and
 * under a name of its own choice (DNS rebinding); so can every other user of the machine. So:
 *
 *   Host          one of ours, on every request: a rebound name is refused before anything else is looked at
 *   Sec-Fetch-*   what the browser says of who asks, on everything but opening the page
 *   Origin        ours, on whatever changes something, and on the WebSocket
 *   token         128 bits, once, for a cookie that no script sees and no other site is sent along with, and a key
 *   X-Tinman      the key, with every request: browsers send a cookie to all ports of a host, so also to other servers on this
 *                 machine. The key is kept for one origin, which is one port. No form can send it; a socket has it as a subprotocol
 *
 * Foxglove and Lichtblick are pages of others, and cannot say a header: their socket is opened from any origin, by a token of its
 * own in the query, which opens nothing else (.github/decisions/0011). The cookie does not count there.
 */

/** What a request is refused with. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421;
  readonly message: string;
}

/** Options of {@linkcode Access}. */
export interface AccessOptions {
  /** What may not be guessed. */
  readonly secret: (bytes: number) => Uint8Array;
  /** Names under which this may be asked for, besides those of the loopback. @default {[]} */
  readonly hosts?: readonly string[];
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
/** Cookies that are there at once; the oldest goes. */
const MAX_SESSIONS = 256;
/** Where the page says its key; whatever changes something has to have it. */
export const KEY_HEADER = "x-tinman";
/** The subprotocol of the page's socket, and what stands before the key where a socket says it. */
export const LIVE_PROTOCOL = "tinman";
const KEY_PROTOCOL = `${LIVE_PROTOCOL}.key.`;

/** Decides about each request, from its headers alone. */
export class Access {
  /** What is exchanged for a cookie, and what scripts send as `Authorization: Bearer`. */
  readonly token: string;
  /** What Foxglove is connected with: it may look, and nothing else. */
  readonly viewToken: string;
  readonly #hosts: ReadonlySet<string>;
  readonly #secret: AccessOptions["secret"];
  /** Cookies, each with its key. */
  readonly #sessions = new Map<string, string>();

  constructor({ secret, hosts = [] }: AccessOptions) {
    this.#secret = secret;
    this.token = base64url(secret(16));
    this.viewToken = base64url(secret(16));
    this.#hosts = new Set([...LOOPBACK, ...hosts.map((host) => host.toLowerCase())]);
  }

  /** Whether anybody may ask this at all, whoever they are. */
  refuse(request: Request, { isUpgrade }: { readonly isUpgrade: boolean }): Refusal | undefined {
    const { method, headers } = request;
    const host = headers.get("host") ?? new URL(request.url).host;
    if (!this.#hosts.has(nameOf(host))) return { status: 421, message: "this is not served under that name" };
    if (!["GET", "HEAD", "POST"].includes(method)) return { status: 405, message: "there is only GET and POST" };
    const url = new URL(request.url);
    if (isOdd(url)) return { status: 400, message: "this path or query leads nowhere" };
    const isChange = method === "POST";
    if (isForOthers(url.pathname)) {
      return isChange ? { status: 405, message: "there is only GET" } : undefined;
    }
    const site = headers.get("sec-fetch-site");
    // Somebody may open the page from anywhere: there is nothing in it. All else the page asks itself.
    const opens = method === "GET" && headers.get("sec-fetch-mode") === "navigate" && !isGuarded(url.pathname);
    if (site !== null && site !== "same-origin" && site !== "none" && !opens) {
      return { status: 403, message: "another site asks" };
    }
    const origin = headers.get("origin");
    if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) {
      return { status: 403, message: "another origin asks" };
    }
    const isScript = headers.has("authorization");
    if ((isChange || isUpgrade) && origin === null && !isScript) {
      return { status: 403, message: "who asks has to say its origin" };
    }
    if (isChange && !isScript && !headers.has(KEY_HEADER)) {
      return { status: 403, message: `a change has the header ${KEY_HEADER}` };
    }
    return undefined;
  }

  /** Whether whoever asks has shown the token. */
  isKnown(request: Request): boolean {
    const url = new URL(request.url);
    if (isForOthers(url.pathname)) return isSame(url.searchParams.get("token") ?? "", this.viewToken);
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (bearer !== undefined) return isSame(bearer, this.token);
    const cookies = (request.headers.get("cookie") ?? "").split(";").map((each) => each.trim().split("="));
    const name = cookieName(request);
    const key = keyOf(request.headers);
    return cookies.some(([cookie, value = ""]) =>
      cookie === name && [...this.#sessions].some((each) => isSame(each[0], value) && isSame(each[1], key))
    );
  }

  /** The cookie and the key for a token; undefined for a wrong one. */
  exchange(token: unknown, request: Request): { readonly cookie: string; readonly key: string } | undefined {
    if (typeof token !== "string" || !isSame(token, this.token)) return undefined;
    const [session, key] = [base64url(this.#secret(16)), base64url(this.#secret(16))];
    this.#sessions.set(session, key);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return { cookie: `${cookieName(request)}=${session}; HttpOnly; SameSite=Strict; Path=/`, key };
  }
}

/** Whether a path needs the token. The page itself holds nothing, so that it can ask for one. */
export function isGuarded(path: string): boolean {
  return /^\/(?:api|live|metrics|foxglove)(?:\/|$)/.test(path) && path !== "/api/session";
}

/** Whether a path is for programs of others, from any origin. */
function isForOthers(path: string): boolean {
  return path === "/foxglove";
}

/** What a page says as its key: in a header, or where browsers let a socket say something. */
function keyOf(headers: Headers): string {
  const said = headers.get(KEY_HEADER);
  if (said !== null) return said;
  const protocols = (headers.get("sec-websocket-protocol") ?? "").split(",").map((each) => each.trim());
  return protocols.find((each) => each.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length) ?? "";
}

// A cookie is for all ports of a host: two inspectors on one machine would take away each other's.
function cookieName(request: Request): string {
  return `tinman-${(request.headers.get("host") ?? new URL(request.url).host).split(":").at(-1)!.replace(/\W/g, "")}`;
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, "");
}

/** Climbing, control characters, or longer than anything of ours is. */
function isOdd({ pathname, search }: URL): boolean {
  if (search.length > 4096) return true;
  return pathname.split("/").some((segment) => {
    if (segment.length > 512) return true;
    try {
      // deno-lint-ignore no-control-regex
      return /^\.{1,2}$|[\\\0-\x1f]|\.\.\//.test(decodeURIComponent(segment));
    } catch {
      return true;
    }
  });
}

/** Takes as long for a wrong text as for the right one. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a.charCodeAt(i) | 0) ^ b.charCodeAt(i);
  return difference === 0;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (char) => ({ "+": "-", "/": "_", "=": "" })[char]!);
}
