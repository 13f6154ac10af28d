import assert from "node:assert/strict";
import { openFixture } from "../_fixture.ts";
import type { UpgradedSocket } from "../context.ts";

/** Asks for the socket, as a page of anybody does. */
async function knock(
  { inspector }: ReturnType<typeof openFixture>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; socket: UpgradedSocket | undefined }> {
  let socket: UpgradedSocket | undefined;
  const all = {
    ...{ host: "127.0.0.1:8080", upgrade: "websocket", origin: "https://app.foxglove.dev" },
    ...{ "sec-fetch-site": "cross-site", "sec-websocket-protocol": "foxglove.websocket.v1" },
    ...headers,
  };
  const request = new Request(`http://127.0.0.1:8080${path}`, { headers: all });
  const response = await inspector.fetch(request, { upgrade: (taken) => void (socket = taken) });
  return { status: response.status, socket };
}

async function tokenOf({ ask, bearer }: ReturnType<typeof openFixture>): Promise<string> {
  const { url } = await (await ask("/api/foxglove", { headers: bearer })).json();
  assert.match(url, /^ws:\/\/127\.0\.0\.1:8080\/foxglove\?token=[\w-]{22}$/);
  return new URL(url).searchParams.get("token")!;
}

Deno.test("Foxglove is let in from any origin by its token, with either subprotocol", async () => {
  const fixture = openFixture();
  const token = await tokenOf(fixture);
  for (const protocol of ["foxglove.websocket.v1", "foxglove.sdk.v1"]) {
    const { socket } = await knock(fixture, `/foxglove?token=${token}`, { "sec-websocket-protocol": protocol });
    assert.equal(socket?.protocol, protocol);
  }
  const odd = await knock(fixture, `/foxglove?token=${token}`, { "sec-websocket-protocol": "chat" });
  assert.deepEqual([odd.status, odd.socket], [426, undefined]);
  assert.equal((await knock(fixture, `/foxglove?token=${token}&source=7`)).status, 404);
});

Deno.test("without that token nobody is let in: not with the page's, not with its cookie, not under another name", async () => {
  const fixture = openFixture();
  const token = await tokenOf(fixture);
  const { cookie } = await fixture.enter();
  const { authorization } = fixture.bearer;
  for (
    const [path, headers, status] of [
      ["/foxglove", {}, 401],
      ["/foxglove?token=", {}, 401],
      ["/foxglove?token=nonsense", {}, 401],
      [`/foxglove?token=${token.slice(1)}`, {}, 401],
      [`/foxglove?token=${fixture.inspector.token}`, {}, 401],
      ["/foxglove", { cookie }, 401],
      ["/foxglove", { authorization }, 401],
      [`/foxglove?token=${token}`, { host: "evil.example" }, 421],
    ] as const
  ) {
    const { status: answered, socket } = await knock(fixture, path, headers);
    assert.deepEqual([answered, socket], [status, undefined], path);
  }
});

Deno.test("its token opens nothing else", async () => {
  const fixture = openFixture();
  const token = await tokenOf(fixture);
  const { ask, own } = fixture;
  const body = JSON.stringify({ token });
  assert.equal((await ask("/api/session", { method: "POST", headers: own, body })).status, 401);
  for (const path of ["/api/sources", "/metrics", "/live", "/api/foxglove"]) {
    assert.equal((await ask(`${path}?token=${token}`)).status, 401, path);
    assert.equal((await ask(path, { headers: { authorization: `Bearer ${token}` } })).status, 401, path);
  }
  assert.equal((await ask(`/foxglove?token=${token}`, { method: "POST", headers: own })).status, 405);
});

Deno.test("more than 16 programs are turned away, and one that leaves makes room", async () => {
  const fixture = openFixture();
  const token = await tokenOf(fixture);
  const path = `/foxglove?token=${token}`;
  const wire = { write: () => {}, bufferedBytes: 0, end: () => {} };
  const open = [];
  for (let i = 0; i < 16; i++) open.push((await knock(fixture, path)).socket!.open(wire));
  assert.equal((await knock(fixture, path)).status, 409);
  open[0]!.ended();
  assert.notEqual((await knock(fixture, path)).socket, undefined);
  fixture.inspector[Symbol.dispose]();
});
