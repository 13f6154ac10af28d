import assert from "node:assert/strict";
import { testKey } from "../_writer.ts";
import { datasetId, type DatasetInfo } from "../dataset.ts";
import type { Act, Said } from "./act.ts";
import type { Member } from "./evaluation.ts";
import { endOfGrants, findGrants, MAX_GRANTS, proveGrant } from "./grant.ts";
import { proveTicket, ticketOf } from "./ticket.ts";

const info: DatasetInfo = { name: "survey", founder: testKey("founder").device, nonce: "00".repeat(16) };
const [founder, dataset] = [info.founder, datasetId(info)];

/** What somebody says, as it is written. */
function say(by: string, said: Said, { list = [], of = info }: { list?: Member[]; of?: DatasetInfo } = {}): Act {
  const key = testKey(by);
  return { by: key.device, seq: 1, id: "", check: 0, wallMs: 0, said: proveGrant(said, { info: of, key, list }) };
}

const add = (name: string, role: "admin" | "writer" = "admin", of?: string) =>
  ({ kind: "member.add", device: testKey(name).device, role, ...(of && { of: testKey(of).device }) }) as const;

const chainTo = (name: string, acts: readonly Act[], isOut: (device: string) => boolean = () => false) =>
  findGrants(acts, { founder, dataset, device: testKey(name).device, isOut });

Deno.test("M12 who was made an admin by an admin is proved to be one with the founder's key alone", () => {
  const acts = [say("founder", add("ana")), say("ana", add("ben")), say("ben", add("eva", "writer"))];
  const chain = chainTo("ben", acts)!;
  assert.deepEqual(chain.map(({ to }) => to), [testKey("ana").device, testKey("ben").device]);
  assert.equal(endOfGrants(chain, { founder, dataset }), testKey("ben").device);
  assert.deepEqual(chainTo("founder", acts), []);
  assert.equal(chainTo("eva", acts), undefined, "a writer is none");
  assert.equal(chainTo("ben", acts.slice(1)), undefined, "somebody is missing between");
});

Deno.test("M12 who joined with an invitation, was raised, or is a further device of an admin is proved, too", () => {
  const secret = new Uint8Array(32).fill(7);
  const { device } = testKey("ana");
  const ticket = ticketOf(secret);
  const proof = proveTicket({ info, secret }, device);
  const own = { info, secret: new Uint8Array(32).fill(8) };
  const [tablets, tabletProof] = [ticketOf(own.secret), proveTicket(own, testKey("ana's tablet").device)];
  const phone = {
    id: device,
    name: "",
    role: "admin",
    parent: founder,
    devices: [{ device, box: undefined, cutoff: undefined }],
  };
  const acts = [
    say("founder", { kind: "member.invite", ticket, role: "admin", untilMs: 1, uses: 1 }),
    say("ana", { kind: "member.join", ticket, proof, name: "ana" }),
    say("ana", { kind: "member.role", member: testKey("ben").device, role: "admin" }),
    say("ana", add("ana's phone", "writer", "ana"), { list: [phone as Member] }),
    say("ana", { kind: "member.invite", ticket: tablets, of: device, role: "admin", untilMs: 1, uses: 1 }, {
      list: [phone as Member],
    }),
    say("ana's tablet", { kind: "member.join", ticket: tablets, of: device, proof: tabletProof, name: "t" }),
    // Somebody else's further device is no more than that one is.
    say("founder", add("eva's phone", "writer", "eva")),
  ];
  for (const name of ["ana", "ben", "ana's phone", "ana's tablet"]) {
    assert.equal(endOfGrants(chainTo(name, acts)!, { founder, dataset }), testKey(name).device);
  }
  assert.equal(chainTo("eva's phone", acts), undefined);
  const writers = say("founder", { kind: "member.invite", ticket, role: "writer", untilMs: 1, uses: 1 });
  assert.equal(chainTo("ana", [writers, ...acts.slice(1)]), undefined, "an invitation of writers makes no admin");
});

Deno.test("M12 a proof that is forged, of another dataset, swapped or too long proves nothing", () => {
  const acts = [say("founder", add("ana")), say("ana", add("ben"))];
  const [first, second] = chainTo("ben", acts)! as [
    { to: string; proof: Uint8Array },
    { to: string; proof: Uint8Array },
  ];
  const flipped = { ...first, proof: first.proof.with(3, first.proof[3]! ^ 1) };
  const wrong = [
    [flipped, second],
    [second],
    [second, first],
    [{ ...first, to: testKey("eva").device }],
    [first, { ...second, proof: first.proof }],
    [first, { ...second, proof: new Uint8Array(3) }],
  ];
  for (const chain of wrong) assert.equal(endOfGrants(chain, { founder, dataset }), undefined);
  const elsewhere = { ...info, nonce: "11".repeat(16) };
  assert.equal(chainTo("ana", [say("founder", add("ana"), { of: elsewhere })]), undefined);
  const names = ["founder", ...Array.from({ length: MAX_GRANTS + 1 }, (_, i) => `p${i}`)];
  const long = names.slice(1).map((name, i) => say(names[i]!, add(name)));
  assert.equal(chainTo(`p${MAX_GRANTS - 1}`, long)!.length, MAX_GRANTS);
  assert.equal(chainTo(`p${MAX_GRANTS}`, long), undefined);
  const grants = [...chainTo(`p${MAX_GRANTS - 1}`, long)!, ...chainTo(`p${MAX_GRANTS}`, long.slice(1)) ?? []];
  const { said, by } = long.at(-1)!;
  const last = { to: testKey(`p${MAX_GRANTS}`).device, proof: Uint8Array.fromHex((said as { proof: string }).proof) };
  assert.equal(by, grants.at(-1)!.to);
  assert.equal(endOfGrants([...grants, last], { founder, dataset }), undefined);
});

Deno.test("M12 of several chains the shortest counts, and none goes through who was removed when there is another", () => {
  const acts = [
    say("founder", add("ana")),
    say("ana", add("ben")),
    say("ben", add("eva")),
    say("founder", add("ida")),
    say("ida", add("eva")),
  ];
  assert.equal(chainTo("eva", acts)!.length, 2);
  const isOut = (device: string) => device === testKey("ida").device;
  assert.deepEqual(
    chainTo("eva", acts, isOut)!.map(({ to }) => to),
    ["ana", "ben", "eva"].map((name) => testKey(name).device),
  );
  assert.equal(chainTo("ida", acts, isOut)!.length, 1, "who is asked about may be removed itself");
});
