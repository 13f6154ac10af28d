// Goal: what the app decides holds on the wire. Method: raw sockets, which say what no browser would; src/inspector has the rest.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import openapi from "../../src/inspector/openapi.json" with { type: "json" };
import { stripTypes } from "../../src/inspector/page_files.ts";
import { folderAssets } from "../../src/platform/mod.ts";
import { temporaryFolder, tinman } from "../cli/processes.ts";
import { measureRate, openIdlePages, openSocket } from "./_idle_pages.ts";
import { inspected, start } from "./_inspected.ts";
import { writeDrive } from "./_recordings.ts";

/** Sends bytes as they are, and gives what comes back until the end. */
async function raw(url: string, text: string, { half = false } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  using socket = await Deno.connect({ hostname, port: Number(port) });
  await socket.write(new TextEncoder().encode(text));
  if (half) await socket.closeWrite();
  let got = "";
  const decoder = new TextDecoder();
  const part = new Uint8Array(65_536);
  for (let n = await socket.read(part); n !== null; n = await socket.read(part)) {
    got += decoder.decode(part.subarray(0, n));
  }
  return got;
}

const get = (path: string, lines: string[]) =>
  `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`;

Deno.test("the inspector listens on the loopback alone, and answers under its own names alone", async () => {
  await using run = await inspected("run", "nodes.ts", "--inspect");
  const { port } = new URL(run.url);
  const bearer = `Authorization: Bearer ${run.token}`;
  assert.match(await raw(run.url, get("/api/sources", [`Host: 127.0.0.1:${port}`, bearer])), /^HTTP\/1\.1 200 /);
  for (const lines of [["Host: evil.example"], ["Host: evil.example", "X-Forwarded-Host: 127.0.0.1"], ["Host:"]]) {
    assert.match(await raw(run.url, get("/api/sources", [...lines, bearer])), /^HTTP\/1\.1 421 /, lines.join());
  }
  // A host in the request line is not believed over the header, nor is a missing header.
  const absolute = get("http://127.0.0.1/api/sources", ["Host: evil.example", bearer]);
  assert.match(await raw(run.url, absolute), /^HTTP\/1\.1 4(?:00|21) /);
  assert.match(await raw(run.url, `GET / HTTP/1.0\r\n${bearer}\r\n\r\n`), /^HTTP\/1\.[01] 4(?:00|21) /);
  const others = Deno.networkInterfaces().filter(({ address, family }) => family === "IPv4" && address !== "127.0.0.1");
  for (const { address } of others) {
    await assert.rejects(Deno.connect({ hostname: address, port: Number(port) }), `${address} is listened on`);
  }
  assert.equal(run.said().split(run.token).length, 2, "the token stands in one line alone");
});

Deno.test("a socket is refused without the token, and to another origin", async () => {
  await using run = await inspected("run", "nodes.ts", "--inspect");
  const { host } = new URL(run.url);
  const upgrade = [
    `Host: ${host}`,
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  const ask = (lines: string[]) =>
    raw(run.url, `GET /live HTTP/1.1\r\n${[...upgrade, ...lines].join("\r\n")}\r\nConnection: Upgrade\r\n\r\n`);
  assert.match(await ask([`Origin: http://${host}`]), /^HTTP\/1\.1 401 /);
  const bearer = `Authorization: Bearer ${run.token}`;
  assert.match(await ask(["Origin: http://evil.example", bearer]), /^HTTP\/1\.1 403 /);
  const socket = openSocket(run);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});

Deno.test("a body of 100 MB is refused, and a request that never ends is cut off", async () => {
  await using run = await inspected("run", "nodes.ts", "--inspect");
  const { host, origin } = new URL(run.url);
  const said = [`Host: ${host}`, `Origin: ${origin}`, "X-Tinman: 1", `Content-Length: ${100 << 20}`];
  const answer = await raw(run.url, `POST /api/session HTTP/1.1\r\n${said.join("\r\n")}\r\n\r\n{`);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(
    await raw(run.url, `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${"x".repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 |^$/,
  );
  assert.ok(!/ 200 /.test(await raw(run.url, "GET / HTTP/1.1\r\n", { half: true })));
});

Deno.test("with --inspect-read-only each route that changes something refuses, of a run and of a replay", async () => {
  using folder = temporaryFolder();
  writeDrive(`${folder.path}/drive`, 2000);
  // The flag alone is enough: who wants to be safe forgets nothing.
  for (
    const [kind, ...args] of [["run", "loud.json", "--inspect"], ["run", "loud.json"], [
      "replay",
      "drive",
      "--speed",
      "1",
    ]]
  ) {
    await using shown = kind === "run"
      ? await inspected(kind, ...args, "--inspect-read-only")
      : await start([kind!, ...args, "--inspect-read-only"], folder.path);
    const headers = { authorization: `Bearer ${shown.token}` };
    const posts = Object.entries(openapi.paths).filter(([path, methods]) =>
      "post" in methods && !/session|diff/.test(path)
    );
    assert.equal(posts.length, 7);
    for (const [path] of posts) {
      const url = new URL(path.replace("{source}", "1"), shown.url);
      const answer = await fetch(url, { method: "POST", headers, body: '{"action":"pause","text":"{}"}' });
      assert.equal(answer.status, 403, path);
      assert.match((await answer.json()).error.hint, /--inspect-read-only/);
    }
    assert.doesNotMatch(shown.said(), /inspector: /, "nothing was changed");
  }
});

// Goal: who looks slows nothing. Method: a node that publishes as fast as it can, with and without pages in turn, because a machine
// is not always as fast; on one that does other things, too, for as many rounds as it takes, since what slows a run slows it in
// most rounds. src/inspector/idle_pages_test.ts counts the work.
Deno.test("20 idle pages do not slow a run", { ignore: Deno.env.get("TINMAN_TORTURE") === undefined }, async () => {
  await using run = await inspected("run", "fast.ts", "--inspect");
  const shares: number[] = [];
  let median = 0;
  for (let round = 1; round <= 25 && (round <= 5 || median <= 0.95); round++) {
    const alone = await measureRate(run, 2000);
    await using _pages = await openIdlePages(run, 20);
    shares.push(await measureRate(run, 2000) / alone);
    median = shares.toSorted((a, b) => a - b)[shares.length >> 1]!;
  }
  console.log(`with 20 pages: ${shares.map((share) => share.toFixed(3)).join(" ")} of the rate without`);
  assert.ok(median > 0.95, `${shares}`);
});

Deno.test("tinman inspect says what is wrong: no recording, no port, a port that is taken", async () => {
  await using run = await inspected("run", "nodes.ts", "--inspect");
  const { port } = new URL(run.url);
  const inspect = (...args: string[]) => tinman(["inspect", ...args], { cwd: run.folder });
  assert.equal((await inspect("nothing")).code, 3);
  assert.equal((await inspect("http://example.com/")).code, 2);
  const nodes = await tinman(["run", "nodes.ts", `--inspect=${port}`], { cwd: run.folder });
  assert.deepEqual([nodes.code, /another program listens there/.test(nodes.stderr)], [7, true]);
  assert.equal((await tinman(["run", "nodes.ts", "--inspect=x"], { cwd: run.folder })).code, 2);
});

Deno.test("no page with all its modules weighs more than 60 KB gzip", () => {
  const root = new URL("../../src/inspector/page/", import.meta.url);
  const assets = folderAssets(root);
  const read = (path: string) => path.endsWith(".ts") ? stripTypes(assets.read(path)) : assets.read(path);
  /** A module and all that it imports. */
  const modules = (path: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(path)) return found;
    found.add(path);
    for (const [, specifier] of read(path).matchAll(/\bfrom\s+"(\.[^"]+)"/g)) {
      modules(new URL(specifier!, new URL(path, root)).href.slice(root.href.length), found);
    }
    return found;
  };
  const shell = modules("main.ts");
  const weigh = (paths: Iterable<string>) => [...paths].reduce((sum, path) => sum + gzipSync(read(path)).length, 0);
  const pages = assets.list().filter((path) => path.startsWith("pages/"));
  assert.ok(pages.length >= 3);
  for (const page of pages) {
    const bytes = weigh(new Set(["index.html", "style.css", "icon.svg", ...shell, ...modules(page)]));
    console.log(`${page} weighs ${(bytes / 1000).toFixed(1)} KB gzip`);
    assert.ok(bytes < 60_000, `${page}: ${bytes} bytes`);
  }
});
