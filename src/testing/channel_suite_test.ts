// Goal: the suite takes a channel whose ends share nothing, and finds what such a channel can get wrong. Method: for each
// promise a channel that breaks it, run through the suite with a runner that only counts; who waits for ever has failed.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { openPosted, type PostedFaults } from "./_posted_channel.ts";
import { testChannel } from "./channel_suite.ts";

async function failuresOf(faults: PostedFaults): Promise<string[]> {
  const tests: { name: string; run: () => void | Promise<void> }[] = [];
  testChannel({
    name: "posted",
    test: (name, run) => void tests.push({ name, run }),
    open: (capacities) => openPosted(capacities, faults),
  });
  const failed: string[] = [];
  for (const { name, run } of tests) {
    // All of it runs in microtasks: what has not ended after a turn of the event loop never will.
    const hangs = new Promise<never>((_, reject) => void setImmediate(() => reject(new Error("it hangs"))));
    await Promise.race([run(), hangs]).catch(() => failed.push(name.slice("posted: ".length)));
  }
  return failed;
}

testChannel({ name: "a channel whose ends share nothing", test: Deno.test, open: openPosted });

/** For each way to be wrong a test that must find it. */
const broken: { readonly [name in keyof Required<PostedFaults>]: { faults: PostedFaults; foundBy: RegExp } } = {
  room: { faults: { room: (capacity) => capacity + 1 }, foundBy: /waits for the slowest reader/ },
  wakesAt: { faults: { wakesAt: () => 0 }, foundBy: /plain queues/ },
  endsEarly: { faults: { endsEarly: true }, foundBy: /ends readers behind what is buffered/ },
  dropsAtEnd: { faults: { dropsAtEnd: true }, foundBy: /what was taken in can still be read/ },
  sharesOut: { faults: { sharesOut: true }, foundBy: /every reader gets every value/ },
  lastFirst: { faults: { lastFirst: true }, foundBy: /in the order in which they came/ },
  overtakes: { faults: { overtakes: true, wakesAt: (capacity) => capacity >> 1 }, foundBy: /never overtakes/ },
  leavesSilently: { faults: { leavesSilently: true }, foundBy: /leaves by break frees the producer/ },
  readsSilently: { faults: { readsSilently: true }, foundBy: /waits for the slowest reader/ },
  ownReason: { faults: { ownReason: true }, foundBy: /refuses who waits with its reason/ },
  forgetsWaiting: { faults: { forgetsWaiting: true }, foundBy: /refuses who waits with its reason/ },
  neverCloses: { faults: { neverCloses: true }, foundBy: /after close\(\) is refused/ },
  unlimited: { faults: { unlimited: true }, foundBy: /has a limit/ },
  twoReaders: { faults: { twoReaders: true }, foundBy: /second time while one waits/ },
};

for (const [name, { faults, foundBy }] of Object.entries(broken)) {
  Deno.test(`testChannel() finds a channel that is wrong: ${name}`, async () => {
    const failed = await failuresOf(faults);
    assert.ok(failed.some((each) => foundBy.test(each)), `found by ${failed.join(", ") || "nothing"}`);
    // What random calls may find, they find: the other tests say it in words.
    const isHidden = faults.unlimited || faults.twoReaders;
    if (!isHidden) assert.ok(failed.includes("does what a list of plain queues would do"));
  });
}
