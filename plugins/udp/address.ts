/** Where something listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Takes `host:port` or `[IPv6]:port` apart, with `udp://` in front or not; throws with code `CONFIG`. */
export function parseAddress(text: unknown): Address {
  const found = typeof text === "string"
    ? /^(?:udp:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9._-]+)):(\d{1,5})$/.exec(text)
    : null;
  const port = Number(found?.[3]);
  if (found === null || port > 65535) {
    const shown = typeof text === "string" ? JSON.stringify(text.slice(0, 200)) : String(text);
    throw failure("CONFIG", `Cannot read address ${shown}: it is not host:port`);
  }
  return { hostname: (found[1] ?? found[2])!, port };
}

/** The text of an address, as messages show it. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

const ours = new WeakSet<Error>();

/** An error with one of tinman's codes. */
export function failure(code: string, message: string, cause?: unknown): Error {
  const error = Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
  ours.add(error);
  return error;
}

/** Whether an error is one of {@linkcode failure}. */
export function isFailure(error: unknown): error is Error {
  return error instanceof Error && ours.has(error);
}
