/// <reference lib="dom" />
import { ApiError } from "./page.ts";

/** Asks the server for JSON. @throws {ApiError} */
export async function request(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(path, { ...init, headers: { "x-tinman": "1", ...init.headers } });
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

/** Exchanges the token in the address, if there is one, for a cookie, and takes it out of the address. */
export async function enter(): Promise<void> {
  const token = /[#&]t=([\w-]+)/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  await post("/api/session", { token });
}
