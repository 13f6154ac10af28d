import assert from "node:assert/strict";
import type { Link } from "../link/mod.ts";
import type { TestFunction } from "./clock_suite.ts";

/** The two ends of one open link, for one test. */
export interface LinkFixture extends Partial<AsyncDisposable> {
  /** One end. */
  readonly a: Link;
  /** The other end. */
  readonly b: Link;
  /** Breaks the link as a cable that is pulled. */
  break?(): void | Promise<void>;
}

/** Options of {@linkcode testLink}. */
export interface LinkSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** Opens a link; disposed after the test. */
  open(): LinkFixture | Promise<LinkFixture>;
  /** Bytes that may be on their way before a sender waits for the reader. Left out where nobody holds a sender up. */
  readonly heldAfterBytes?: number;
  /** Whether the other end learns that one end was closed: not so with datagrams, nor on a serial line. @default {true} */
  readonly tellsEnd?: boolean;
  /** Whether the fixture can break the link, so that end `a` notices. @default {false} */
  readonly breaks?: boolean;
}

/** What every link promises, as tests. Whoever opened it makes no difference, so each end is tried. */
export function testLink(options: LinkSuiteOptions): void {
  const { tellsEnd = true, heldAfterBytes, breaks = false } = options;
  const test = (promise: string, run: (ends: LinkFixture) => Promise<void>) =>
    options.test(`${options.name}: ${promise}`, async () => {
      const ends = await options.open();
      try {
        await run(ends);
      } finally {
        await Promise.all([ends.a.close(), ends.b.close()]);
        await ends[Symbol.asyncDispose]?.();
      }
    });

  test("what one end sends arrives at the other, both ways, in order", async ({ a, b }) => {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const pieces = ["one", "two", "and three"].map(encode);
      for (const piece of pieces) await from.send(piece);
      assert.equal(decode(await read(to, pieces)), "onetwoand three");
    }
  });

  test("both ends may send at once", async ({ a, b }) => {
    const [ping, pong] = [encode("ping"), encode("pong")];
    const both = [read(a, [pong]), read(b, [ping])];
    await Promise.all([a.send(ping), b.send(pong)]);
    assert.deepEqual((await Promise.all(both)).map(decode), ["pong", "ping"]);
  });

  test("every byte arrives as it is", async ({ a, b }) => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    await a.send(every);
    assert.deepEqual(await read(b, [every]), every);
  });

  test("the sender's bytes may be used again when send() has resolved", async ({ a, b }) => {
    const bytes = encode("before");
    await a.send(bytes);
    bytes.fill(0);
    assert.equal(decode(await read(b, [bytes])), "before");
  });

  test("a loop that was left is taken up by the next one", async ({ a, b }) => {
    for (const word of ["first", "second"]) {
      await a.send(encode(word));
      assert.equal(decode(await read(b, [encode(word)])), word);
    }
    await b.send(encode("back"));
    assert.equal(decode(await read(a, [encode("back")])), "back");
  });

  test("send() refuses more than maxBytes, and goes on", async ({ a, b }) => {
    assert.equal(a.kind, b.kind);
    await assert.rejects(a.send(new Uint8Array(a.maxBytes + 1)), hasCode("TOO_LARGE"));
    await a.send(encode("small"));
    assert.equal(decode(await read(b, [encode("small")])), "small");
  });

  test("close() ends a loop that waits, refuses to send, and may be called twice", async ({ a, b }) => {
    for (const end of [a, b]) {
      const waiting = Array.fromAsync(end.incoming);
      await end.close();
      await end.close();
      await end[Symbol.asyncDispose]();
      assert.deepEqual(await waiting, []);
      assert.deepEqual(await Array.fromAsync(end.incoming), []);
      await assert.rejects(end.send(encode("late")), hasCode("CLOSED"));
    }
  });

  if (tellsEnd) {
    test("the loop ends when the other end has closed, behind all that it sent", async ({ a, b }) => {
      await a.send(encode("the last "));
      await a.send(encode("words"));
      await a.close();
      assert.equal(decode(join(await Array.fromAsync(b.incoming))), "the last words");
      assert.deepEqual(await Array.fromAsync(b.incoming), []);
    });
  }

  if (breaks) {
    test("a link that broke says UNAVAILABLE to who reads and who sends", async (ends) => {
      const { a } = ends;
      const waiting = Array.fromAsync(a.incoming);
      const seen = assert.rejects(waiting, hasCode("UNAVAILABLE"));
      await ends.break!();
      await seen;
      await assert.rejects(a.send(encode("x")), hasCode("UNAVAILABLE"));
      await a.close();
      await assert.rejects(a.send(encode("x")), hasCode("CLOSED"));
    });
  }

  if (heldAfterBytes !== undefined) {
    test("a reader that does not read holds the sender up, and loses nothing", async ({ a, b }) => {
      const piece = new Uint8Array(Math.min(a.maxBytes, 16_384));
      const count = Math.ceil(2 * heldAfterBytes / piece.length) + 2;
      let sent = 0;
      const sending = (async () => {
        for (; sent < count * piece.length; sent += piece.length) await a.send(piece);
      })();
      let got = 0;
      for await (const bytes of b.incoming) {
        got += bytes.length;
        assert.ok(sent - got <= heldAfterBytes, `${sent - got} bytes were on their way, ${heldAfterBytes} may be`);
        if (got === count * piece.length) break;
      }
      await sending;
    });

    test("close() lets go of a sender that waits", async ({ a }) => {
      const piece = new Uint8Array(Math.min(a.maxBytes, 16_384));
      const count = Math.ceil(2 * heldAfterBytes / piece.length) + 2;
      const all = Array.from({ length: count }, () => a.send(piece));
      const settled = Promise.allSettled(all);
      await a.close();
      const refused = (await settled).filter(({ status }) => status === "rejected");
      assert.ok(refused.length > 0);
      for (const { reason } of refused as PromiseRejectedResult[]) assert.ok(hasCode("CLOSED")(reason), String(reason));
    });
  }
}

/** Reads as many bytes as there are in `pieces`; of datagrams exactly these pieces. */
async function read(link: Link, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
  const got: Uint8Array[] = [];
  for await (const piece of link.incoming) {
    got.push(piece);
    if (got.reduce((sum, { length }) => sum + length, 0) >= wanted) break;
  }
  if (link.kind === "datagrams") assert.deepEqual(got.map(({ length }) => length), pieces.map(({ length }) => length));
  return join(got);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

// By `code` alone: links of plugins cannot use our class.
function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && (error as { code?: unknown }).code === code;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
