import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/environment.ts";
import { createMemoryIo } from "./memory_io.ts";
import { formatBytes, formatHz, Output, toJson } from "./output.ts";
import { createPaint } from "./style.ts";

function create(options: { terminal?: boolean; quiet?: boolean } = {}) {
  const io = createMemoryIo({ environment: createTestEnvironment(), terminal: options.terminal ?? false });
  const paint = createPaint(false);
  const { stdout, stderr } = io;
  return { io, out: new Output({ stdout, stderr, paint, paintError: paint, quiet: options.quiet ?? false }) };
}

Deno.test("Output.table() lines up its columns and puts nothing behind the last", () => {
  const { io, out } = create();
  out.table(["channel", "frames"], [["a", "1"], ["longer name", "12345"]], { right: ["frames"] });
  out.flush();
  assert.equal(io.printed(), "channel      frames\na                 1\nlonger name   12345\n");
});

Deno.test("Output.table() shows control characters in names instead of obeying them", () => {
  const { io, out } = create();
  out.table(["channel"], [["\x1b[2Jevil"]]);
  out.flush();
  assert.equal(io.printed(), "channel\n\\x1b[2Jevil\n");
});

Deno.test("Output.note() is for stderr and stays away with --quiet; a problem does not", () => {
  const loud = create();
  loud.out.note("done");
  assert.deepEqual([loud.io.printed(), loud.io.noted()], ["", "done\n"]);
  const quiet = create({ quiet: true });
  quiet.out.note("done");
  quiet.out.problem("broken");
  assert.equal(quiet.io.noted(), "broken\n");
});

Deno.test("Output.live() writes only to a terminal, never longer than its width, and is taken away by the next line", () => {
  const piped = create();
  piped.out.live("12 Hz");
  assert.equal(piped.io.noted(), "");
  const seen = create({ terminal: true });
  seen.out.live("x".repeat(200));
  seen.out.note("done");
  assert.equal(seen.io.noted(), `\r\x1b[2K${"x".repeat(78)}…\r\x1b[2Kdone\n`);
});

Deno.test("toJson() keeps 64-bit numbers, bytes, NaN and lists of numbers", () => {
  const value = {
    big: 2n ** 63n,
    bytes: Uint8Array.of(1, 255),
    nan: NaN,
    list: Float32Array.of(0.5, 2),
    map: new Map([[1, "a"]]),
  };
  assert.equal(
    toJson(value),
    '{"big":"9223372036854775808","bytes":"01ff","nan":"NaN","list":[0.5,2],"map":{"1":"a"}}',
  );
  assert.equal(toJson(undefined), "null");
});

Deno.test("formatBytes() and formatHz() keep the digits that matter", () => {
  assert.deepEqual([0, 1023, 1024, 1536, 3.2 * 2 ** 30].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "3.2 GiB",
  ]);
  assert.deepEqual([0, 0.5, 19.96, 100.4, 1234567, NaN].map(formatHz), ["–", "0.5", "20", "100", "1,234,567", "–"]);
});
