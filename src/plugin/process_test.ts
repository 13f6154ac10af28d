import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { openProcess, type ProcessOptions } from "./process.ts";
import type { ChildEnd, ChildOptions } from "./process_child.ts";
import type { FromGuest, Guest } from "./protocol.ts";
import { createWireReader, createWireWriter } from "./wire.ts";

Deno.test("openProcess() hands over the text of a worker, then messages", async () => {
  const child = new MemoryChild();
  const opening = open(child);
  const text = await child.text();
  assert.match(text, /guestMain/);
  child.say(["up"]);
  const guest = await opening;
  guest.post(["ping"]);
  guest.post(["load", [{ name: "a.ts", code: "export {}" }]]);
  assert.deepEqual(await child.heard(), ["ping"]);
  assert.deepEqual(await child.heard(), ["load", [null, [{ name: "a.ts", code: ["export {}"], imports: [] }]]]);
  await guest.close();
});

Deno.test("openProcess() starts a process with what is granted and nothing else", async () => {
  const child = new MemoryChild();
  const opening = open(child, {
    effective: {
      read: { allow: ["/data"], deny: ["/data/keys"] },
      env: { allow: ["LANG"], deny: [] },
      clock: { allow: true, deny: [] },
    },
    limits: { memoryMB: 99 },
  });
  child.say(["up"]);
  await (await opening).close();
  assert.deepEqual(child.options, {
    flags: ["--allow-read=/data", "--deny-read=/data/keys", "--allow-env=LANG"],
    permissions: {
      ...{
        read: ["/data"],
        write: false,
        net: false,
        env: ["LANG"],
        run: false,
        sys: false,
        ffi: false,
        import: false,
      },
    },
    needsFlags: true,
    env: ["LANG"],
    memoryMB: 99,
  });
});

Deno.test("openProcess() kills a process that does not get ready in time", async () => {
  const child = new MemoryChild();
  const clock = new VirtualClock();
  const opening = open(child, { clock, limits: { startMs: 300 } });
  clock.fireNext();
  await assert.rejects(opening, (error) => isTinmanError(error, "TIMEOUT") && /org\.example\.test/.test(error.message));
  assert.equal(child.isKilled, true);
});

Deno.test("openProcess() says why a process ended before it was ready", async () => {
  const child = new MemoryChild();
  const opening = open(child);
  child.end({ code: 1 }, "\x1b[31merror\x1b[0m: Uncaught Error: no such thing\n    at somewhere");
  await assert.rejects(opening, { code: "PLUGIN", message: /with code 1: Uncaught Error: no such thing$/ });
});

Deno.test("a process that ends by itself is told once, with its signal; its last words come before", async () => {
  const child = new MemoryChild();
  const { guest, gone, said } = await opened(child);
  child.say(["done", 1]);
  child.end({ code: 137, signal: "SIGKILL" });
  await turns();
  await guest.close();
  assert.deepEqual(said, [["done", 1]]);
  assert.equal(gone.length, 1);
  assert.match(gone[0]!.message, /org\.example\.test has ended its process by SIGKILL/);
});

Deno.test("a process without memory is told by what V8 says", async () => {
  const child = new MemoryChild();
  const { gone } = await opened(child);
  child.end(
    { code: 133, signal: "SIGTRAP" },
    "<--- Last few GCs --->\n\n# Fatal JavaScript out of memory: Reached heap limit\n",
  );
  await turns();
  assert.ok(isTinmanError(gone[0], "TOO_LARGE"));
  assert.match(gone[0].hint!, /limits\.memoryMB/);
});

Deno.test("a process that takes more memory than it may is killed at the next look", async () => {
  const child = new MemoryChild();
  const clock = new VirtualClock();
  const { gone } = await opened(child, { clock, limits: { memoryMB: 10, watchMs: 100 } });
  child.residentMB += 42;
  await tick(clock);
  assert.equal(child.isKilled, false);
  child.residentMB += 1;
  await tick(clock);
  assert.equal(child.isKilled, true);
  assert.deepEqual(gone.map((error) => isTinmanError(error) && error.code), ["TOO_LARGE"]);
});

for (
  const [what, bytes, code] of [
    ["no message", [1, 0, 0, 0, 0xc1], "PLUGIN"],
    ["a message that is no list", [1, 0, 0, 0, 7], "PLUGIN"],
    ["text, such as a log of its own", [...new TextEncoder().encode("hello, world")], "TOO_LARGE"],
    ["a message that is too long", [1, 0, 0, 1], "TOO_LARGE"],
    [
      "a field called __proto__",
      [13, 0, 0, 0, 0x91, 0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 1],
      "PLUGIN",
    ],
  ] as const
) {
  Deno.test(`a process that sends ${what} is killed and told once`, async () => {
    const child = new MemoryChild();
    const { gone, said } = await opened(child);
    child.send(Uint8Array.from(bytes));
    child.send(Uint8Array.from(bytes));
    child.say(["done", 1]);
    await turns();
    assert.equal(child.isKilled, true);
    assert.deepEqual(gone.map((error) => isTinmanError(error) && error.code), [code]);
    assert.match(gone[0]!.message, /org\.example\.test/);
    assert.deepEqual(said, []);
  });
}

Deno.test("a guest that is closed is not told to be gone, twice is fine, and nothing is sent any more", async () => {
  const child = new MemoryChild();
  const { guest, gone } = await opened(child);
  await Promise.all([guest.close(), guest.close()]);
  guest.post(["ping"]);
  await turns();
  assert.deepEqual(gone, []);
  assert.equal(child.isKilled, false);
});

Deno.test("a guest whose process does not end is killed after a while", async () => {
  const child = new MemoryChild({ endsAtEof: false });
  const clock = new VirtualClock();
  const { guest } = await opened(child, { clock });
  const closing = guest.close(1000);
  await turns();
  assert.equal(child.isKilled, false);
  await tick(clock, 1000);
  await closing;
  assert.equal(child.isKilled, true);
});

Deno.test("a guest whose pipes are held open by somebody else can be closed", async () => {
  const child = new MemoryChild({ keepsPipes: true });
  const clock = new VirtualClock();
  const { guest } = await opened(child, { clock });
  const closing = guest.close(0);
  await turns();
  while (clock.fireNext() !== undefined) await turns();
  await closing;
});

class MemoryChild {
  readonly pid = 4711;
  readonly #in = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1000 });
  readonly #out = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(undefined, {
    highWaterMark: 1000,
  });
  readonly #err = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(undefined, {
    highWaterMark: 1000,
  });
  readonly #exited = Promise.withResolvers<ChildEnd>();
  readonly #said = this.#out.writable.getWriter();
  readonly #errors = this.#err.writable.getWriter();
  readonly #heard: Uint8Array[] = [];
  readonly #reader = createWireReader(1e6);
  #wake: (() => void) | undefined;
  options: ChildOptions | undefined;
  isKilled = false;
  residentMB = 50;

  readonly stdin = this.#in.writable;
  readonly stdout = this.#out.readable;
  readonly stderr = this.#err.readable;
  readonly exited = this.#exited.promise;

  constructor(readonly behaves: { readonly endsAtEof?: boolean; readonly keepsPipes?: boolean } = {}) {
    void this.#listen();
  }

  kill(): void {
    this.isKilled = true;
    this.end({ code: 137, signal: "SIGKILL" });
  }

  residentBytes(): number {
    return this.residentMB * 2 ** 20;
  }

  say(message: unknown): void {
    const writer = createWireWriter(1e6);
    writer.put(message);
    this.send(writer.take());
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#said.write(bytes).catch(() => {});
  }

  end(how: ChildEnd, lastWords = ""): void {
    if (!this.behaves.keepsPipes) {
      this.#errors.write(new TextEncoder().encode(lastWords)).catch(() => {});
      for (const pipe of [this.#said, this.#errors]) pipe.close().catch(() => {});
    }
    this.#exited.resolve(how);
  }

  async text(): Promise<string> {
    const [head, body] = [await this.#next(), await this.#next()];
    assert.equal(new DataView(head.buffer, head.byteOffset).getUint32(0, true), body.length);
    return new TextDecoder().decode(body);
  }

  async heard(): Promise<unknown> {
    for (;;) {
      const message = this.#reader.next();
      if (message !== undefined) return message;
      this.#reader.push(await this.#next() as Uint8Array<ArrayBuffer>);
    }
  }

  async #next(): Promise<Uint8Array> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#heard.shift()!;
  }

  async #listen(): Promise<void> {
    for await (const bytes of this.#in.readable) {
      // The length and what follows it come in one piece: taken apart for text().
      const parts = this.#heard.length === 0 && bytes.length > 1000
        ? [bytes.subarray(0, 4), bytes.subarray(4)]
        : [bytes];
      this.#heard.push(...parts);
      this.#wake?.();
    }
    if (this.behaves.endsAtEof !== false) this.end({ code: 0 });
  }
}

function open(child: MemoryChild, options: Partial<ProcessOptions> = {}): Promise<Guest> {
  const spawn = (given: ChildOptions) => {
    child.options = given;
    return child;
  };
  return openProcess({ plugin: "org.example.test", spawn, effective: {}, clock: new VirtualClock(), ...options });
}

async function opened(child: MemoryChild, options: Partial<ProcessOptions> = {}) {
  const opening = open(child, options);
  child.say(["up"]);
  const guest = await opening;
  const gone: Error[] = [];
  const said: FromGuest[] = [];
  guest.onGone = (error) => gone.push(error);
  guest.onMessage = (message) => said.push(message);
  return { guest, gone, said };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 300; i++) await Promise.resolve();
}

async function tick(clock: VirtualClock, ms = 100): Promise<void> {
  clock.advanceTo(clock.now() + BigInt(ms) * 1_000_000n);
  clock.flush();
  await turns();
}
