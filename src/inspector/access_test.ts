// Goal: what DESIGN says of security holds for every route. Method: the app is asked as a hostile page, a rebound name and a
// stranger on this machine would; tests/inspector asks a real server.
import assert from "node:assert/strict";
import { FakePage, openFixture } from "./_fixture.ts";
import openapi from "./openapi.json" with { type: "json" };

/** Every path of the API, with something in the place of each parameter. */
function paths(value: string): { readonly method: string; readonly path: string }[] {
  return Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{\w+\}/g, value) +
        (path.includes("frame") ? `?channel=${value}&index=${value}&before=${value}&limit=${value}` : ""),
    }))
  );
}

Deno.test("no request is answered under a name that is not ours (DNS rebinding)", async () => {
  const { ask, bearer } = openFixture();
  for (
    const host of [
      "evil.example",
      "127.0.0.1.evil.example:8080",
      "localhost.evil.example",
      "",
      "10.0.0.1:8080",
      "0.0.0.0",
    ]
  ) {
    for (
      const { method, path } of [...paths("1"), { method: "GET", path: "/" }, {
        method: "GET",
        path: "/assets/main.ts",
      }]
    ) {
      assert.equal((await ask(path, { method, host, headers: bearer })).status, 421, `${host} ${path}`);
    }
  }
  for (const host of ["localhost:8080", "127.0.0.1:9", "[::1]:8080", "LOCALHOST"]) {
    assert.equal((await ask("/api/sources", { host, headers: bearer })).status, 200, host);
  }
});

Deno.test("a name that was allowed is answered", async () => {
  const { ask, bearer } = openFixture({ hosts: ["Robot.local"] });
  assert.equal((await ask("/api/sources", { host: "robot.local:8080", headers: bearer })).status, 200);
});

Deno.test("nothing but the page itself is told without the token", async () => {
  const { ask, own, inspector } = openFixture();
  for (const { method, path } of paths("1").filter(({ path }) => path !== "/api/session")) {
    for (
      const headers of [own, { ...own, authorization: "Bearer nonsense" }, {
        ...own,
        cookie: `tinman-8080=${inspector.token}`,
      }]
    ) {
      assert.equal((await ask(path, { method, headers })).status, 401, path);
    }
  }
  for (const path of ["/", "/overview", "/assets/main.ts"]) assert.equal((await ask(path)).status, 200);
});

Deno.test("the token is exchanged for a cookie that no script sees and no other site is sent along with", async () => {
  const { ask, inspector, own, enter } = openFixture();
  const exchange = (token: unknown) =>
    ask("/api/session", { method: "POST", body: JSON.stringify({ token }), headers: own });
  for (const wrong of ["", "x", inspector.token.slice(1), `${inspector.token}x`, 7, null, [inspector.token]]) {
    assert.equal((await exchange(wrong)).status, 401);
  }
  const entered = await exchange(inspector.token);
  const cookie = entered.headers.get("set-cookie")!;
  assert.match(cookie, /^tinman-8080=[\w-]{22}; HttpOnly; SameSite=Strict; Path=\/$/);
  const { key } = await entered.json();
  assert.match(key, /^[\w-]{22}$/);
  assert.ok(!cookie.includes(inspector.token) && !cookie.includes(key) && key !== inspector.token);
  assert.equal((await ask("/api/sources", { headers: await enter() })).status, 200);
});

Deno.test("the cookie alone, which browsers send to every port of this machine, opens nothing", async () => {
  const fixture = openFixture();
  const { cookie, "x-tinman": key } = await fixture.enter();
  const { "x-tinman": _, ...bare } = fixture.own;
  const other = await fixture.enter();
  for (
    const said of [undefined, "", "1", "none", `${key}x`, key.slice(1), other["x-tinman"], fixture.inspector.token]
  ) {
    // As another server would that was sent the cookie: with whatever headers it likes.
    const headers = { ...bare, cookie, ...(said !== undefined && { "x-tinman": said }) };
    for (const { method, path } of paths("1").filter(({ path }) => path !== "/api/session")) {
      const { status } = await fixture.ask(path, { method, headers, ...(method === "POST" && { body: "{}" }) });
      assert.ok(status === 401 || said === undefined && status === 403, `${said} ${path}: ${status}`);
    }
    const page = await FakePage.open(fixture, { headers: { cookie, "x-tinman": said } });
    assert.ok(page instanceof Response && page.status === 401);
  }
  assert.equal((await fixture.ask("/api/sources", { headers: { ...bare, cookie, "x-tinman": key } })).status, 200);
  const socket = { cookie, "x-tinman": undefined, "sec-websocket-protocol": `tinman, tinman.key.${key}` };
  assert.ok(await FakePage.open(fixture, { headers: socket }) instanceof FakePage);
});

Deno.test("a change of another origin, or of a form, is refused, also with the cookie", async () => {
  const fixture = openFixture();
  const page = await fixture.enter();
  const body = JSON.stringify({ action: "pause" });
  const ask = (headers: Record<string, string | undefined>) => {
    const all = Object.entries({ ...page, ...headers }).filter((each): each is [string, string] =>
      each[1] !== undefined
    );
    return fixture.ask("/api/sources/1/replay", { method: "POST", body, headers: Object.fromEntries(all) });
  };
  for (
    const headers of [
      { origin: "http://evil.example" },
      { origin: "http://127.0.0.1:9999" },
      { origin: "null" },
      { origin: undefined },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "x-tinman": undefined },
    ]
  ) assert.equal((await ask(headers)).status, 403, JSON.stringify(headers));
  // It is no replay, so this is as far as one of ours comes.
  assert.equal((await ask({})).status, 404);
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    assert.equal((await fixture.ask("/api/sources", { method, headers: page })).status, 405);
  }
});

Deno.test("another site reads nothing, and may open the page alone", async () => {
  const { ask, enter } = openFixture();
  const page = await enter();
  const from = { ...page, "sec-fetch-site": "cross-site" };
  assert.equal((await ask("/api/sources", { headers: from })).status, 403);
  assert.equal((await ask("/api/sources", { headers: { ...from, "sec-fetch-mode": "navigate" } })).status, 403);
  assert.equal((await ask("/assets/main.ts", { headers: from })).status, 403);
  const { origin: _, ...plain } = from;
  assert.equal((await ask("/graph", { headers: { ...plain, "sec-fetch-mode": "navigate" } })).status, 200);
});

Deno.test("every answer has a strict policy: no script but ours, Trusted Types, no frame, no cache", async () => {
  const { ask, bearer } = openFixture();
  for (const path of ["/", "/assets/main.ts", "/nothing", "/api/sources", "/api/sources/9", "/assets/../x"]) {
    const { headers } = await ask(path, { headers: bearer });
    const policy = headers.get("content-security-policy")!;
    for (
      const part of [
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
      ]
    ) {
      assert.ok(policy.split("; ").includes(part), `${path}: ${part}`);
    }
    assert.ok(!policy.includes("unsafe"));
    assert.deepEqual(
      ["cache-control", "x-content-type-options", "referrer-policy", "cross-origin-resource-policy"].map((name) =>
        headers.get(name)
      ),
      ["no-store", "nosniff", "no-referrer", "same-origin"],
    );
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("a path with .. leads nowhere, in every parameter", async () => {
  const { ask, bearer } = openFixture();
  for (const climb of ["..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "%00", "a%5c..%5c", "%ff"]) {
    for (const { method, path } of paths(climb).filter(({ path }) => path.includes(climb))) {
      const { status } = await ask(path, { method, headers: bearer, ...(method === "POST" && { body: "{}" }) });
      assert.ok([400, 404, 405].includes(status), `${method} ${path}: ${status}`);
    }
    for (const path of [`/assets/${climb}`, `/assets/page/${climb}/main.ts`, `/${climb}`]) {
      const response = await ask(path, { headers: bearer });
      assert.ok([200, 400, 404].includes(response.status), `${path}: ${response.status}`);
      assert.doesNotMatch(await response.text(), /root:/);
    }
  }
});

Deno.test("a body over its limit is refused before it is read, and while it comes", async () => {
  const { ask, bearer } = openFixture();
  const chunk = new Uint8Array(1 << 20);
  let pulled = 0;
  const body = new ReadableStream({
    pull: (controller) => ++pulled > 100 ? controller.close() : controller.enqueue(chunk),
  });
  const { status } = await ask(
    "/api/session",
    { method: "POST", headers: bearer, body, duplex: "half" } as RequestInit,
  );
  assert.equal(status, 413);
  assert.ok(pulled < 5, `${pulled} MiB were read`);
  const said = { ...bearer, "content-length": `${100 << 20}` };
  assert.equal((await ask("/api/session", { method: "POST", headers: said, body: "x" })).status, 413);
});

Deno.test("with --read-only nothing can be changed", async () => {
  const { ask, bearer, source, audited } = openFixture({ isReadOnly: true });
  let changes = 0;
  const change = () => void changes++;
  source.replay = {
    ...{ pause: change, resume: change, step: change, setSpeed: change, stop: change },
    look: () => ({ isPaused: false, speed: 1, timeNs: 0n, firstNs: 0n, lastNs: 0n, frames: 0 }),
  };
  source.pipeline = { text: () => "{}", diff: () => [], apply: () => Promise.resolve(change()) };
  const posts = paths("1").filter(({ method, path }) =>
    method === "POST" && path !== "/api/session" && !path.endsWith("/diff")
  );
  assert.equal(posts.length, 7, "each route that changes something is tried");
  for (const { path } of posts) {
    const body = JSON.stringify({ action: "pause", text: "{}" });
    assert.equal((await ask(path, { method: "POST", headers: bearer, body })).status, 403, path);
  }
  assert.deepEqual([changes, audited], [0, []]);
});

Deno.test("a change is audited in a line without the token", async () => {
  const { ask, bearer, source, audited, inspector } = openFixture();
  const did: unknown[] = [];
  source.replay = {
    ...{
      pause: () => did.push("pause"),
      resume: () => {},
      stop: () => {},
      step: (n) => did.push(n),
      setSpeed: (x) => did.push(x),
    },
    look: () => ({ isPaused: did.length > 0, speed: 1, timeNs: 0n, firstNs: 0n, lastNs: 0n, frames: 0 }),
  };
  const say = (body: unknown) =>
    ask("/api/sources/1/replay", { method: "POST", headers: bearer, body: JSON.stringify(body) });
  assert.equal((await (await say({ action: "pause" })).json()).isPaused, true);
  await say({ action: "step", frames: 10 });
  await say({ action: "speed", speed: "max" });
  for (
    const odd of [{}, { action: "step" }, { action: "speed", speed: -1 }, { action: "seek", timeNs: "1" }, null, 7, "x"]
  ) {
    assert.equal((await say(odd)).status, 400, JSON.stringify(odd));
  }
  assert.deepEqual(did, ["pause", 10, Infinity]);
  assert.deepEqual(audited, ["replay: pause", "replay: step", "replay: speed"]);
  assert.ok(!audited.join().includes(inspector.token));
});

Deno.test("openapi.json has the routes that there are, and no others", async () => {
  const { ask, bearer, inspector } = openFixture();
  const served = await (await ask("/api/openapi.json", { headers: bearer })).json();
  assert.deepEqual(served, openapi);
  const described = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`)
  );
  const routes = inspector.routes.filter((route) => !/^(?:ALL| *GET \/(?:assets|:page))/.test(route));
  assert.deepEqual(described.sort(), routes.toSorted());
});
