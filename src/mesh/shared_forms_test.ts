import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import type { FormSchema } from "../form/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { decodeBundle } from "./bundle.ts";
import { packBundle, unpackBundle } from "./bundle_replica.ts";
import { invite, join, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import { formChanges, sharedForm, sharedFormIds } from "./shared_forms.ts";

const form = (title: string): FormSchema => ({
  v: 1,
  id: "well",
  title,
  languages: [],
  groups: [],
  fields: [{ path: "depth", type: "integer" }],
  choices: {},
});
const random = (length: number) => new Uint8Array(length).fill(7);

Deno.test("P9 a form is the one that an admin has shared last, however long it is, also in a sealed dataset", () => {
  for (const privacy of ["open", "sealed"] as const) {
    const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
    const info = { name: "survey", founder: testKey("ana").device, nonce: "00".repeat(16), privacy };
    const [ana, ben] = ["ana", "ben"].map((name) => new Replica({ info, key: testKey(name), clock }));
    ana!.write({ kind: "member.add", device: ana!.key.device, name: "Ana", role: "admin", box: ana!.keyring.box });
    join(ben!, invite(ana!, { secret: random(32) }), "Ben");
    const pass = (from: Replica, to: Replica) => unpackBundle(to, decodeBundle(packBundle(from), "b"), "b");
    pass(ben!, ana!);
    shareKeys(ana!, { random });
    assert.equal(sharedForm(ana!, "well"), undefined);
    ana!.write(...formChanges(form("old")));
    const long = form("😀".repeat(9_000));
    const changes = formChanges(long);
    ana!.write(...changes.slice(1));
    // A part of the new one is missing, so the old one still counts.
    pass(ana!, ben!);
    assert.deepEqual(sharedForm(ben!, "well"), form("old"));
    ana!.write(changes[0]!);
    pass(ana!, ben!);
    assert.deepEqual(sharedForm(ben!, "well"), long);
    ben!.write(...formChanges(form("of a writer")));
    assert.deepEqual(sharedForm(ben!, "well"), long);
    assert.deepEqual(sharedFormIds(ben!), ["well"]);
  }
});
