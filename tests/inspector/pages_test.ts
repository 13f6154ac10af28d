// Goal: every page works in a real browser: nothing in its console, no request to anywhere else, both themes, and it does what
// it says. Method: Debian's chromium, driven by playwright-core; pictures are kept in screenshots/ for people to look at.
import assert from "node:assert/strict";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { spawn } from "../cli/processes.ts";
import { inspected, start } from "./_inspected.ts";

/** Every page, and what is to be seen when it is there. */
const pages = [
  { name: "overview", path: "/overview", shows: "td:has-text('camera/front')" },
  { name: "graph", path: "/graph", shows: "g.node:has-text('planner')" },
  { name: "graph-node", path: "/graph?node=planner", shows: "aside.details:has-text('running')" },
  { name: "graph-table", path: "/graph?as=table", shows: "td:has-text('motors')" },
  { name: "channels", path: "/channels?channel=gps", shows: ".frames td:has-text('lat')" },
  {
    name: "plots",
    path: "/plots?channel=imu&y=%5B%5B%22imu%22,%22acc[0]%22%5D%5D",
    shows: ".legend td:has-text('acc[0]')",
  },
  { name: "channels-hostile", path: "/channels?channel=%3Cb%3Eodd%3C%2Fb%3E", shows: ".frames td:has-text('<img')" },
];

Deno.test({
  name: "every page of a run loads in both themes and at 1024×600, with nothing odd",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect", "--record");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    for (const [theme, size] of [["light", "1280×800"], ["dark", "1280×800"], ["light", "1024×600"]] as const) {
      const [width, height] = size.split("×").map(Number) as [number, number];
      const { page, problems } = await openPage(browser, origin, { theme, size: { width, height } });
      await page.goto(run.url);
      await page.waitForSelector("td:has-text('camera/front')");
      assert.ok(!page.url().includes(run.token), "the token is taken out of the address");
      for (const { name, path, shows } of pages) {
        await page.goto(origin + path);
        await page.waitForSelector(shows, { timeout: 5000 });
        if (name.startsWith("channels")) {
          await page.locator(".frames tbody tr").first().click();
          await page.waitForSelector("aside.details.frame pre.hex:has-text('00000000')");
        }
        assert.equal(await page.evaluate("globalThis.pwned"), undefined, "a value became code");
        assert.equal(await page.locator("main img").count(), 0, "a value became an element");
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        assert.ok(overflow <= 0, `${path} at ${size} is ${overflow} px too wide`);
        await page.waitForTimeout(300);
        await keepPicture(page, `${name}-${size === "1280×800" ? theme : "small"}`);
      }
      assert.deepEqual(problems, [], `${theme} ${size}`);
    }
    assert.equal(run.said().split(run.token).length, 2, "the token stands in one line alone");
  },
});

Deno.test({
  name: "rates are there within 2 s of the first paint",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { page, problems } = await openPage(browser, new URL(run.url).origin);
    await page.goto(run.url);
    await page.waitForSelector("tr:has-text('imu')");
    const beganMs = performance.now();
    await page.waitForSelector("xpath=//tr[td[1]='imu' and number(td[3]) > 50]");
    const took = performance.now() - beganMs;
    assert.ok(took < 2000, `${took} ms`);
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "a tail is paused and counts on, is filtered, and gives one frame as JSON",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("tr:has-text('gps')");
    await page.keyboard.press("c");
    await page.click("ul.channels button:has-text('gps')");
    await page.waitForSelector(".frames td:has-text('lat')");
    await page.keyboard.press(" ");
    await page.waitForSelector("text=/paused: \\d+ since/");
    const newest = await page.locator(".frames tbody tr td").first().textContent();
    await page.waitForSelector("text=/paused: ([3-9]|\\d\\d+) since/");
    assert.equal(await page.locator(".frames tbody tr td").first().textContent(), newest, "it does not move");
    assert.match(page.url(), /channel=gps&paused=1/);
    await page.keyboard.press("ArrowDown");
    await page.waitForSelector("aside.details.frame");
    await page.click("text=Copy as JSON");
    await page.waitForSelector(".said:has-text('Copied')");
    const copied = JSON.parse(await page.evaluate<string>("navigator.clipboard.readText()"));
    assert.deepEqual([copied.lon, copied.sats], [13.4, [1, 5, 9, 12]]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("fix=2");
    await page.keyboard.press("Enter");
    await page.click("text=Go on");
    await page.waitForSelector("text=/[2-9] of \\d+ match/");
    const shown = await page.locator(".frames tbody tr td:nth-child(4)").allTextContents();
    assert.ok(shown.length > 0 && shown.every((text) => text.includes("fix: 2")), shown.join("\n"));
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "a pipeline is edited while it runs, with what changes shown first",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "loud.json", "--inspect");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin, { theme: "dark" });
    await page.goto(run.url);
    await page.waitForSelector("tr:has-text('sine')");
    await page.goto(`${origin}/graph`);
    await page.waitForSelector("g.node:has-text('fft')");
    await page.waitForSelector("g.node:has-text('busy')");
    await keepPicture(page, "pipeline-dark");
    await page.click("text=Edit the pipeline…");
    const field = page.locator("dialog textarea");
    await field.fill((await field.inputValue()).replace('"gain": 2', '"gain": 3'));
    await page.click("text=Show what changes");
    await page.waitForSelector(".diff:has-text('gain')");
    await keepPicture(page, "pipeline-edit-dark");
    await page.click("dialog button.main");
    await page.waitForSelector("dialog", { state: "detached" });
    await field.waitFor({ state: "detached" });
    assert.match(run.said(), /inspector: pipeline changed: .*gain/);
    await page.click("text=Edit the pipeline…");
    assert.match(await page.locator("dialog textarea").inputValue(), /"gain": 3/);
    await page.locator("dialog textarea").fill("{");
    await page.click("text=Show what changes");
    await page.waitForSelector(".diff:has-text('✕')");
    assert.deepEqual(problems.filter((problem) => !/422/.test(problem)), []);
  },
});

Deno.test({
  name: "a recording is looked into: its graph, its frames, older ones, and one that the URL names",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect", "--record");
    await using browser = await openBrowser();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const folder = run.folder;
    // The run goes on: a recording that grows is looked into as well.
    await using look = await start(["inspect", "latest", "--no-open"], folder);
    const { origin } = new URL(look.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(look.url);
    await page.waitForSelector("td:has-text('camera/front')");
    await keepPicture(page, "recording-overview-light");
    await page.goto(`${origin}/channels?channel=imu&frame=7`);
    await page.waitForSelector(".frames td:has-text('acc')");
    await page.click("text=Older");
    await page.locator(".frames tbody tr").nth(150).waitFor();
    await page.locator(".frames tbody tr").nth(3).click();
    await page.waitForSelector("aside.details.frame pre.hex:has-text('00000000')");
    await keepPicture(page, "recording-channels-light");
    await page.goto(`${origin}/graph`);
    await page.waitForSelector("g.node:has-text('planner')");
    await keepPicture(page, "recording-graph-light");
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "without its token the page says where to find it",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page } = await openPage(browser, origin);
    await page.goto(origin);
    await page.waitForSelector("text=This page needs its token");
    await page.goto(`${origin}/#t=nonsense`);
    await page.waitForSelector("text=This page needs its token");
  },
});

Deno.test({
  name:
    "a second tab and a reload need no token, and another server of this machine gets nothing by the cookie it is sent",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('imu')");
    await page.reload();
    await page.waitForSelector("td:has-text('imu')");
    const second = await page.context().newPage();
    await second.goto(`${origin}/graph`);
    await second.waitForSelector("g.node:has-text('planner')");
    assert.deepEqual(problems, []);
    const sent = Promise.withResolvers<string>();
    await using other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url, headers }) => {
      if (new URL(url).pathname === "/") sent.resolve(headers.get("cookie") ?? "");
      return new Response("hello");
    });
    await second.goto(`http://127.0.0.1:${other.addr.port}/`);
    const cookie = await sent.promise;
    assert.match(cookie, /^tinman-\d+=/, "browsers do not tell ports apart");
    for (const said of [{}, { "x-tinman": "1", origin, "sec-fetch-site": "same-origin" }]) {
      const response = await fetch(`${origin}/api/sources`, { headers: { cookie, ...said } as Record<string, string> });
      assert.equal(response.status, 401);
      await response.body?.cancel();
    }
  },
});

Deno.test({
  name: "a broker shows its topics, and their records as they come",
  ...inBrowser,
  async fn() {
    await using run = await inspected("broker", "start", "--listen", "127.0.0.1:0", "--inspect");
    await using browser = await openBrowser();
    while (!/^127\.0\.0\.1:\d+$/m.test(run.said())) await new Promise((resolve) => setTimeout(resolve, 20));
    const address = /^127\.0\.0\.1:\d+$/m.exec(run.said())![0];
    const produce = async (line: string) => {
      const child = spawn(["broker", "produce", "readings", "-b", address], { cwd: run.folder, stdin: "piped" });
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(`${line}\n`));
      await writer.close();
      return await child.output();
    };
    const { page, problems } = await openPage(browser, new URL(run.url).origin);
    await page.goto(run.url);
    assert.equal((await produce('{"celsius": 20}')).code, 0);
    await page.click("tr:has-text('readings')");
    await page.waitForSelector("text=waiting for the next message");
    await page.waitForTimeout(500);
    await produce('{"celsius": 21.5}');
    await page.waitForSelector(".frames td:has-text('celsius: 21.5')");
    await keepPicture(page, "broker-channels-light");
    assert.deepEqual(problems, []);
  },
});
