/// <reference lib="dom" />
import { ApiError } from "./page.ts";

/** Where the key is kept that the cookie is nothing without: for this origin alone, in all tabs and after a reload. */
const KEY = "tinman-key";

/** The key; one that nobody knows, where there is none. */
export function key(): string {
  try {
    return localStorage.getItem(KEY) ?? "none";
  } catch {
    return "none";
  }
}

/** Asks the server, as this page. What it refuses is no error in the console of the browser, and is a failure here. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "x-tinman": key(), "x-tinman-status": "header", ...init.headers };
  const response = await fetch(path, { ...init, headers });
  const status = response.headers.get("x-tinman-status");
  return status === null
    ? response
    : new Response(response.body, { status: Number(status), headers: response.headers });
}

/** Asks the server for JSON. @throws {ApiError} */
export async function request(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await ask(path, init);
  // deno-lint-ignore no-explicit-any
  const body: any = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error ?? {});
  return body;
}

/** Asks the server to do something. @throws {ApiError} */
export function post(path: string, body: unknown): Promise<unknown> {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Exchanges the token in the address, if there is one, for a cookie and a key, and takes it out of the address. */
export async function enter(): Promise<void> {
  const token = /[#&]t=([\w-]+)/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  const entered = await post("/api/session", { token }) as { readonly key: string };
  localStorage.setItem(KEY, entered.key);
}
