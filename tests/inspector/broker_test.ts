// Goal: somebody sees what a broker has, who is behind, and what comes, and produces a record. Method: a broker and its clients
// as processes, looked at in a real browser, with hostile records; pictures are kept in screenshots/ for people to look at.
import assert from "node:assert/strict";
import { spawn } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { type Inspected, inspected } from "./_inspected.ts";

/** Runs a client of the broker to its end. */
async function client(run: Inspected, args: readonly string[], input = ""): Promise<void> {
  const address = /^127\.0\.0\.1:\d+$/m.exec(run.said())![0];
  const child = spawn(["broker", ...args, "-b", address], { cwd: run.folder, stdin: "piped" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

/** A broker with three topics, a group that is behind and one that is not. */
async function openBroker(...flags: string[]): Promise<Inspected> {
  const run = await inspected("broker", "start", "--listen", "127.0.0.1:0", "--inspect", "--partitions", "3", ...flags);
  while (!/^127\.0\.0\.1:\d+$/m.test(run.said())) await new Promise((resolve) => setTimeout(resolve, 20));
  const readings = Array.from(
    { length: 400 },
    (_, i) => ({ station: `S${i % 7}`, celsius: 20 + Math.sin(i) * 4, at: i }),
  );
  await Promise.all([
    client(run, ["produce", "readings"], readings.map((each) => `${JSON.stringify(each)}\n`).join("")),
    client(run, ["create", "state", "--set", "cleanup.policy=compact"]),
    client(run, ["create", "forms", "--partitions", "2", "--set", "retention.ms=3600000"]).then(() =>
      client(run, ["produce", "forms"], '<img src=x onerror="globalThis.pwned=1">\n\x1b[31mred\x1b]0;title\x07\n')
    ),
  ]);
  await Promise.all([
    client(run, ["consume", "readings", "-G", "report", "-c", "120"]),
    client(run, ["consume", "readings", "-G", "alarms"]),
  ]);
  return run;
}

Deno.test({
  name: "a broker's page shows topics, groups and records in both themes, and nothing odd",
  ...inBrowser,
  async fn() {
    await using run = await openBroker();
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const views = [
      { name: "broker", path: "/broker", shows: "xpath=//tr[td[1]='report' and number(td[5])>12]" },
      { name: "broker-topic", path: "/broker?topic=readings", shows: ".records td:has-text('celsius')" },
      { name: "broker-partitions", path: "/broker?topic=readings&as=partitions", shows: "td:has-text('alarms')" },
      { name: "broker-settings", path: "/broker?topic=forms&as=settings", shows: "td:has-text('3600000')" },
      { name: "broker-group", path: "/broker?group=report", shows: "td:has-text('readings')" },
      { name: "broker-hostile", path: "/broker?topic=forms", shows: ".records td:has-text('<img')" },
    ];
    for (const [theme, size] of [["light", "1280×800"], ["dark", "1280×800"], ["light", "1024×600"]] as const) {
      const [width, height] = size.split("×").map(Number) as [number, number];
      const { page, problems } = await openPage(browser, origin, { theme, size: { width, height } });
      await page.goto(run.url);
      await page.waitForSelector("td:has-text('readings')");
      for (const { name, path, shows } of views) {
        await page.goto(origin + path);
        await page.waitForSelector(shows, { timeout: 5000 });
        if (name === "broker-hostile") {
          await page.locator(".records tbody tr").first().click();
          await page.waitForSelector("aside.details.frame pre.hex:has-text('00000000')");
        }
        assert.equal(await page.evaluate("globalThis.pwned"), undefined, "a value became code");
        assert.equal(await page.locator("main img").count(), 0, "a value became an element");
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        assert.ok(overflow <= 0, `${path} at ${size} is ${overflow} px too wide`);
        await page.waitForTimeout(200);
        await keepPicture(page, `${name}-${size === "1280×800" ? theme : "small"}`);
      }
      assert.deepEqual(problems, [], `${theme} ${size}`);
    }
  },
});

Deno.test({
  name:
    "a record is produced on the page, comes by itself, is found by a filter, and the group that reads on catches up",
  ...inBrowser,
  async fn() {
    await using run = await openBroker();
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('readings')");
    await page.keyboard.press("b");
    await page.click("tr:has-text('readings')");
    await page.waitForSelector(".records td:has-text('celsius')");
    await page.keyboard.press("n");
    await page.fill("#produce-key", "k1");
    await page.fill("#produce-value", '{"celsius": 99, "n": 12345678901}');
    await page.fill("#produce-headers", "trace: abc\nempty:");
    await keepPicture(page, "broker-produce-light");
    await page.click("dialog button.main");
    await page.waitForSelector(".said:has-text('It is at offset')");
    await page.click("dialog >> text=Close");
    await page.locator(".records tr:has-text('celsius: 99')").click();
    await page.waitForSelector("aside.details dt:has-text('trace')");
    await page.waitForSelector("aside.details pre.hex:has-text('7b 22 63 65')");
    assert.match(run.said(), /inspector: a record was produced to readings/);

    // What comes from elsewhere comes by itself; while it is paused it is counted.
    await page.keyboard.press(" ");
    await client(run, ["produce", "readings"], '{"celsius": -7}\n');
    await page.waitForSelector("text=paused: 1 since");
    await page.keyboard.press(" ");
    await page.waitForSelector(".records td:has-text('celsius: -7')");

    await page.keyboard.press("Escape");
    await page.fill("input[type=search]", "celsius>90");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=the newest 1 that match");
    assert.match(page.url(), /topic=readings&filter=celsius%3E90/);
    await page.goto(`${origin}/broker?topic=readings`);
    await page.click("button:has-text('Older')");
    await page.locator(".records tbody tr").nth(150).waitFor();

    await page.goto(`${origin}/broker?group=report`);
    await page.waitForSelector("text=/1[3-6] behind/");
    await client(run, ["consume", "readings", "-G", "report"]);
    await page.waitForSelector("text=/ 0 behind/");
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "who may not change anything is offered no way to produce, and has none",
  ...inBrowser,
  async fn() {
    await using run = await openBroker("--inspect-read-only");
    await using browser = await openBrowser();
    const { origin } = new URL(run.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(run.url);
    await page.waitForSelector("td:has-text('readings')");
    await page.goto(`${origin}/broker?topic=readings`);
    await page.waitForSelector(".records td:has-text('celsius')");
    assert.equal(await page.locator("text=Produce").count(), 0);
    assert.deepEqual(problems, []);
    const headers = { authorization: `Bearer ${run.token}` };
    const body = JSON.stringify({ topic: "readings", value: "x" });
    const response = await fetch(`${origin}/api/sources/1/broker/produce`, { method: "POST", headers, body });
    assert.equal(response.status, 403);
    await response.body?.cancel();
  },
});
