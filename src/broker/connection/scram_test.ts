import assert from "node:assert/strict";
import fc from "fast-check";
import { SaslServer } from "./sasl.ts";
import { createScramSecret, ScramClient, ScramServer } from "./scram.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
const sasl = (passwords: Record<string, string>) =>
  new SaslServer({ passwords, randomBytes: (n) => new Uint8Array(n).fill(7) });

Deno.test("ScramClient and ScramServer say what RFC 7677 says they say", () => {
  const client = new ScramClient("sha256", { user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO" });
  assert.equal(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const salt = Uint8Array.fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  const secret = createScramSecret("pencil", "sha256", salt);
  const nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const server = new ScramServer("sha256", { nonce, secretOf: () => ({ secret, isKnown: true }) });
  const challenge = server.step(client.first())!.answer;
  assert.equal(challenge, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const proof = client.final(challenge);
  assert.equal(
    proof,
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  );
  const last = server.step(proof)!;
  assert.deepEqual(last, { answer: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", user: "user" });
  assert.equal(client.verify(last.answer), true);
  assert.equal(client.verify("v=AAAA"), false);
});

Deno.test("any user logs in with the right password, and with no other, whatever is in it", () => {
  const word = fc.string({ minLength: 1, maxLength: 12 }).filter((each) => !each.includes("\0"));
  fc.assert(
    fc.property(word, word, word, fc.constantFrom("sha256", "sha512"), (user, password, other, hash) => {
      const server = sasl({ [user]: password });
      for (const given of [password, other]) {
        const step = server.begin(hash === "sha256" ? "SCRAM-SHA-256" : "SCRAM-SHA-512")!;
        const client = new ScramClient(hash as "sha256", { user, password: given, nonce: "n" });
        const challenge = step(bytes(client.first()));
        assert.ok(challenge !== "failed");
        const result = step(bytes(client.final(text(challenge.answer))));
        if (given.normalize("NFKC") === password.normalize("NFKC")) {
          assert.ok(result !== "failed" && result.user === user);
        } else assert.equal(result, "failed");
      }
    }),
    { numRuns: 15 },
  );
});

Deno.test("nobody learns whether there is a user: unknown ones are challenged the same way each time, and fail", () => {
  const server = sasl({ known: "secret" });
  const challenge = (user: string) => {
    const step = server.begin("SCRAM-SHA-256")!(bytes(`n,,n=${user},r=n`));
    return step === "failed" ? "" : text(step.answer);
  };
  assert.equal(challenge("nobody"), challenge("nobody"));
  assert.notEqual(challenge("nobody"), challenge("somebody"));
  assert.match(challenge("nobody"), /^r=n.+,s=.{24},i=4096$/);
  const client = new ScramClient("sha256", { user: "nobody", password: "", nonce: "n" });
  const step = server.begin("SCRAM-SHA-256")!;
  const first = step(bytes(client.first()));
  assert.ok(first !== "failed");
  assert.equal(step(bytes(client.final(text(first.answer)))), "failed");
});

Deno.test("PLAIN takes user and password, and refuses the rest", () => {
  const log = (message: string) => sasl({ me: "secret" }).begin("PLAIN")!(bytes(message));
  assert.deepEqual(log("\0me\0secret"), { answer: new Uint8Array(), user: "me" });
  assert.equal(log("\0me\0wrong"), "failed");
  assert.equal(log("\0you\0secret"), "failed");
  assert.equal(log("\0toString\0x"), "failed");
  assert.throws(() => log("me"));
  assert.equal(sasl({}).begin("GSSAPI"), undefined);
});
