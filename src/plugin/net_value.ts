/** Why `value` is not a host or `host:port`, if it is not. */
export function netProblem(value: string): string | undefined {
  return parse(value) === undefined
    ? `expected a host or host:port such as 127.0.0.1:10110, found ${JSON.stringify(value)}`
    : undefined;
}

/** A host or `host:port` in the one form in which two are compared: as a URL writes it, without a dot at its end. */
export function netValue(value: string): string {
  return parse(value) ?? value;
}

function parse(value: string): string | undefined {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[\p{L}\p{N}_.-]+)(?::(\d{1,5}))?$/u.exec(value);
  if (found === null) return undefined;
  const [, host, port] = found;
  if (port !== undefined && Number(port) > 65_535) return undefined;
  const url = URL.parse(`http://${host}/`);
  if (url === null || url.hostname === "") return undefined;
  const name = url.hostname.replace(/\.$/, "");
  return port === undefined ? name : `${name}:${Number(port)}`;
}
