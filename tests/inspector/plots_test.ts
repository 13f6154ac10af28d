/// <reference lib="dom" />
// Goal: numbers of a recording and of a run become curves, spectra and tracks, and can be taken along. Method: chromium, a recording
// made here, and a run.
import assert from "node:assert/strict";
import { temporaryFolder } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { inspected, start } from "./_inspected.ts";
import { writeDrive } from "./_recordings.ts";

Deno.test({
  name: "fields of a recording are picked, read off at the cursor, zoomed, and saved as CSV and PNG",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    writeDrive(`${folder.path}/drive`, 100_000);
    await using look = await start(["inspect", "drive", "--no-open", "--read-only"], folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(look.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(look.url);
    await page.waitForSelector("td:has-text('imu')");
    await page.goto(`${origin}/plots?channel=imu`);
    await page.click(".fields button:has-text('acc[0]')");
    await page.click("ul.channels button:has-text('gps')");
    await page.click(".fields button:has-text('speed')");
    const row = (text: string) => page.locator(`.legend tr:has-text('${text}') td`);
    await page.waitForFunction(() => !/read/.test(document.querySelector(".tools [role=status]")!.textContent!));
    await page.waitForSelector(".legend tr:has-text('speed') td:text-is('4')");
    assert.deepEqual((await row("acc[0]").allTextContents()).slice(2, 4).map((text) => Number(text).toFixed(2)), [
      "-1.00",
      "1.00",
    ]);
    await keepPicture(page, "plots-light");
    // The cursor in a gap says what was last; zooming in keeps it where it is.
    await page.locator("canvas.plot").click({ position: { x: 300, y: 200 } });
    const value = (await row("speed").allTextContents())[1];
    await page.keyboard.press("z");
    await page.waitForFunction(() => new URL(location.href).searchParams.has("from"));
    assert.equal((await row("speed").allTextContents())[1], value);
    const [csv] = await Promise.all([page.waitForEvent("download"), page.click("text=CSV")]);
    const lines = Deno.readTextFileSync((await csv.path())!).trim().split("\n");
    assert.equal(lines[0], 'time_ns,time,"imu acc[0]","gps speed"');
    assert.ok(lines.length > 40_000 && lines.length < 60_000, `${lines.length} rows of half the time`);
    const [png] = await Promise.all([page.waitForEvent("download"), page.click("text=PNG")]);
    assert.deepEqual([...Deno.readFileSync((await png.path())!).subarray(1, 4)], [0x50, 0x4e, 0x47]);
    const address = page.url();
    await page.goto(`${origin}/overview`);
    await page.goto(address);
    await page.waitForSelector(".legend tr:has-text('speed')");
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "a frame of samples has a spectrum, and positions have a track, in both themes",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    writeDrive(`${folder.path}/drive`, 20_000);
    await using look = await start(["inspect", "drive", "--no-open"], folder.path);
    await using browser = await openBrowser();
    const { origin } = new URL(look.url);
    for (const theme of ["light", "dark"] as const) {
      const { page, problems } = await openPage(browser, origin, { theme });
      await page.goto(look.url);
      await page.waitForSelector("td:has-text('imu')");
      await page.goto(`${origin}/plots`);
      await page.waitForSelector(".fields li");
      await page.keyboard.press("2");
      await page.waitForSelector(".legend td:has-text('payload.main_channel[*]')");
      await page.waitForSelector(".legend td:text-is('512')");
      const [, peak] = await page.locator(".legend tbody tr td").allTextContents();
      assert.match(peak!, /^[2-6]\d{3}.*Hz$/, "between 0.2 and 1.2 rad a sample, at 48 kHz");
      await keepPicture(page, `plots-spectrum-${theme}`);
      await page.keyboard.press("3");
      await page.waitForSelector(".legend td:has-text('lat, lon')");
      await page.waitForSelector("css=.legend td >> text=/^[\\d.]+ k?m$/");
      await page.waitForTimeout(200);
      await keepPicture(page, `plots-map-${theme}`);
      assert.deepEqual(problems, []);
    }
  },
});

Deno.test({
  name: "a run is plotted while it goes on, is held, and goes on",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin, { theme: "dark" });
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('imu')");
    const y = encodeURIComponent(JSON.stringify([["imu", "acc[0]"], ["pose", "yaw"]]));
    await page.goto(`${origin}/plots?channel=imu&span=10&y=${y}`);
    const now = () => page.locator(".legend tr:has-text('acc[0]') td").nth(1).textContent();
    await page.waitForFunction(() => /^-?0/.test(document.querySelector(".legend td:nth-child(2)")?.textContent ?? ""));
    await page.waitForTimeout(1500);
    await keepPicture(page, "plots-live-dark");
    await page.keyboard.press(" ");
    const held = await now();
    await page.waitForTimeout(700);
    assert.equal(await now(), held, "it does not move");
    await page.keyboard.press(" ");
    await page.waitForFunction((held) => document.querySelector(".legend td:nth-child(2)")!.textContent !== held, held);
    assert.deepEqual(problems, []);
  },
});
