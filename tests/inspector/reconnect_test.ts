/// <reference lib="dom" />
// Goal: who looks at a page while what it shows ends and is started anew is told so, and goes on. Method: a run that is ended and
// started again on the same port, and chromium.
import assert from "node:assert/strict";
import { temporaryFolder } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { inspected, start } from "./_inspected.ts";

Deno.test({
  name: "a page whose run has gone says so, shows no blank page, and goes on when it is there again",
  ...inBrowser,
  async fn() {
    await using first = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { origin, port } = new URL(first.url);
    const { page, problems } = await openPage(browser, origin, { size: { width: 1024, height: 600 } });
    await page.goto(first.url);
    await page.waitForSelector("td:has-text('imu')");
    // Its folder stays until the end.
    await first.end();
    await page.waitForSelector("header:has-text('it has ended: this is what was')");
    await page.keyboard.press("c");
    await page.waitForSelector("main:has-text('Channels is shown when it answers again')");
    await keepPicture(page, "gone-light");

    await using again = await start(["run", "nodes.ts", `--inspect=${port}`], first.folder);
    await page.waitForSelector("header:has-text('open the address that it has printed')", { timeout: 10_000 });
    // In another tab, as it is opened by whoever reads this.
    const other = await page.context().newPage();
    await other.goto(again.url);
    await page.waitForSelector("ul.channels button:has-text('imu')", { timeout: 10_000 });
    assert.match(page.url(), /\/channels/);
    assert.equal(await page.textContent("header .lost"), "");
    assert.deepEqual(problems.filter((problem) => !/WebSocket|ERR_CONN|401/.test(problem)), []);
  },
});

Deno.test({
  name: "a node that throws stands on the page with its error when the run is gone, and how it ended",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/hot.ts`, HOT);
    await using run = await start(["run", "hot.ts", "--inspect"], folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('ticks')");
    Deno.writeTextFileSync(`${folder.path}/go`, "");
    await page.waitForSelector("header:has-text('it has ended: this is what was')", { timeout: 10_000 });
    await page.waitForSelector(".warnings li[data-level=error]:has-text('motor: it is too hot')", { timeout: 1000 });
    assert.equal(await page.textContent("header .pill"), "failed");
    await keepPicture(page, "failed-light");
  },
});

/** It throws when a file is there. */
const HOT = `import { channel, node } from "tinman";
const ticks = channel("ticks");
export default [
  node({ out: { ticks }, name: "clock" }, async ({ ticks, clock }) => {
    for await (const _ of clock.every(20)) await ticks.publish(1);
  }),
  node({ in: { ticks }, name: "motor" }, {
    ticks() {
      if ([...Deno.readDirSync(".")].some(({ name }) => name === "go")) throw new Error("it is too hot");
    },
  }),
];
`;
