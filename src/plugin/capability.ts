import { netProblem, netValue } from "./net_value.ts";
import { queueProblem, queueValue } from "./queue.ts";

/** What a plugin can be allowed: Deno's own names with Deno's own values, then those that tinman serves itself. */
export const capabilityNames = [
  ...["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const,
  ...["serial", "clock", "random", "kv", "mesh:link", "channel:read", "channel:write", "log:read"] as const,
  ...["records:read", "records:write", "broker:produce", "broker:consume"] as const,
] as const;

/** The name of a capability. */
export type CapabilityName = typeof capabilityNames[number];

/** The capabilities that Deno itself grants; only a process of its own can be given these. */
export const denoCapabilities = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;

/** The name of a capability that Deno itself grants. */
export type DenoCapability = typeof denoCapabilities[number];

/** Those that this version of tinman serves. */
const served: ReadonlySet<CapabilityName> = new Set([
  ...denoCapabilities,
  ...["serial", "clock", "random", "broker:produce", "broker:consume"] as const,
]);

/** Whether this version of tinman serves a capability. */
export function isServed(name: CapabilityName): boolean {
  return served.has(name);
}

/** Whether Deno itself grants a capability. */
export function isDenoCapability(name: CapabilityName): name is DenoCapability {
  return (denoCapabilities as readonly string[]).includes(name);
}

/** Whether `name` is the name of a capability. */
export function isCapability(name: string): name is CapabilityName {
  return (capabilityNames as readonly string[]).includes(name);
}

/** How the values of a capability are compared. */
export type ValueKind = "path" | "net" | "queue" | "pattern" | "name" | "none";

/** How the values of `name` are compared. */
export function kindOf(name: CapabilityName): ValueKind {
  switch (name) {
    case "read":
    case "write":
    case "ffi":
    case "serial":
      return "path";
    case "net":
    case "import":
      return "net";
    case "run":
    case "sys":
      return "name";
    case "clock":
    case "random":
    case "kv":
      return "none";
    case "broker:produce":
    case "broker:consume":
      return "queue";
    default:
      return "pattern";
  }
}

/** Where paths begin and lead. */
export interface PathOptions {
  /** The folder that relative paths begin in, absolute. */
  readonly cwd: string;
  /** Where a path really leads, see `Files.realPath`. */
  readonly realPath: (path: string) => string | undefined;
}

/** Why `value` cannot be a value of `name`, if it cannot. `${config.x}` stands for any text. */
export function valueProblem(name: CapabilityName, value: string): string | undefined {
  const kind = kindOf(name);
  if (kind === "none") return `${name} takes no values`;
  if (value === "") return "it is empty";
  if (/\p{Cc}/u.test(value)) return "it has control characters";
  const rest = value.replaceAll(/\$\{config\.[A-Za-z]\w*\}/g, "");
  if (rest.includes("${")) return "expected ${config.x} for a value of the configuration";
  if ((kind === "pattern" || kind === "queue") && rest.slice(0, -1).includes("*")) {
    return "a * is allowed at the end only";
  }
  // Deno splits its flags at commas, and so does a list of values; only in the middle of a path one can be told.
  if (kind === "path" ? value.startsWith(",") : rest.includes(",")) return "it has a comma";
  if (rest !== value) return undefined;
  return kind === "net" ? netProblem(value) : kind === "queue" ? queueProblem(value) : undefined;
}

/** The one form of `value` in which it is compared: real absolute paths, hosts as a URL writes them. */
export function canonicalValue(name: CapabilityName, value: string, paths: PathOptions): string {
  switch (kindOf(name)) {
    case "path":
      return realPathOf(value, paths);
    case "net":
      return netValue(value);
    case "queue":
      return queueValue(value);
    default:
      return value;
  }
}

/** An absolute path without dots, links not followed; other values as they are. */
export function plainValue(name: CapabilityName, value: string, { cwd }: PathOptions): string {
  return kindOf(name) === "path" ? fullPath(value, cwd) : value;
}

/** Whether all that `inner` allows is allowed by `outer`; both canonical. */
export function covers(name: CapabilityName, outer: string, inner: string): boolean {
  if (outer === inner) return true;
  switch (kindOf(name)) {
    case "path":
      return inner.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
    case "net":
      return inner.startsWith(`${outer}:`) && !outer.endsWith("]:") && !/:\d+$/.test(outer);
    case "queue":
    case "pattern":
      return outer.endsWith("*") && inner.startsWith(outer.slice(0, -1));
    default:
      return false;
  }
}

/**
 * Why granting this gives away more than one thing can be told to hold: never by a prompt, only with `--dangerous`.
 * `values` are canonical.
 */
export function danger(name: CapabilityName, values: true | readonly string[]): string | undefined {
  if (name === "run") return "what it starts is not held by any grant";
  if (name === "ffi") return "a library it opens is not held by any grant";
  if (name === "import") return "it runs code that nobody has hashed";
  if (name === "env") {
    const all = values === true || values.includes("*");
    return all ? "the environment holds passwords and keys" : undefined;
  }
  if (name !== "read" && name !== "write") return undefined;
  const all = values === true || values.some((value) => value === "/" || /^[A-Za-z]:\/?$/.test(value));
  return all ? `it could ${name} every file of this machine` : undefined;
}

/** The real path, also of what is yet to be made: then that of the nearest folder above. Always with `/`. */
function realPathOf(path: string, { cwd, realPath }: PathOptions): string {
  const full = fullPath(path, cwd);
  let [head, tail] = [full, ""];
  for (;;) {
    const real = realPath(head);
    if (real !== undefined) return normalize(`${real}${tail}`);
    const cut = head.lastIndexOf("/");
    if (cut <= 0 || head === "/") return full;
    [head, tail] = [head.slice(0, cut) || "/", `${head.slice(cut)}${tail}`];
  }
}

function fullPath(path: string, cwd: string): string {
  return normalize(isAbsolute(path) ? path : `${cwd}/${path}`);
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("\\\\") || /^[A-Za-z]:[/\\]/.test(path);
}

function normalize(path: string): string {
  // A backslash is part of a name, except where paths begin with a drive or a host.
  const slashes = /^(?:[A-Za-z]:|\\\\)/.test(path) ? path.replaceAll("\\", "/") : path;
  const [root] = /^(?:[A-Za-z]:\/|\/\/|\/)?/.exec(slashes)!;
  const parts: string[] = [];
  for (const part of slashes.slice(root.length).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return root + parts.join("/");
}
