import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { readLimits } from "./part_limit.ts";

Deno.test("--split and --keep are sizes or times", () => {
  const split = (text: string) => readLimits({ record: true, split: text, keep: undefined }).split;
  assert.deepEqual(split("500MB"), { bytes: 500e6 });
  assert.deepEqual(split("1.5 GiB"), { bytes: 1.5 * 2 ** 30 });
  assert.deepEqual(split("10b"), { bytes: 10 });
  assert.deepEqual(split("1h30m"), { timeNs: 5_400_000_000_000n });
  assert.deepEqual(split("5m"), { timeNs: 300_000_000_000n });
  assert.deepEqual(split("10"), { timeNs: 10_000_000_000n });
  assert.deepEqual(readLimits({ record: "x", split: "1h", keep: "10GB" }), {
    split: { timeNs: 3_600_000_000_000n },
    keep: { bytes: 10e9 },
  });
  assert.deepEqual(readLimits({ record: true, split: undefined, keep: undefined }), {});
});

Deno.test("--split and --keep refuse what is no limit, or makes no sense together", () => {
  const refused = (split: string | undefined, keep?: string, record?: true) =>
    assert.throws(
      () => readLimits({ record, split, keep }),
      (error) => isTinmanError(error, "USAGE"),
      `${split} ${keep}`,
    );
  for (const text of ["", "5M", "500 apples", "0MB", "0s", "-1h", "MB"]) refused(text, undefined, true);
  refused(undefined, "1h", true);
  refused("1h", "59m", true);
  refused("2GB", "1GB", true);
  refused("1h");
});
