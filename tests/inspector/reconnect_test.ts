/// <reference lib="dom" />
// Goal: who looks at a page while what it shows ends and is started anew is told so, and goes on. Method: a run that is ended and
// started again on the same port, and chromium.
import assert from "node:assert/strict";
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
    await page.waitForSelector("header:has-text('it has ended, or is busy')");
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
