import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles } from "../files/mod.ts";
import { put } from "./_sample.ts";
import { formatGrant, parseGrantArguments, readGrants, writeGrants, writeTrust } from "./grants.ts";

const ID = "org.example.nmea";

Deno.test("grants are written so that people can read them, and every comment of theirs stays", () => {
  const files = createMemoryFiles();
  const text = () => {
    using file = files.open("p/tinman.grants.jsonc", "read");
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    return new TextDecoder().decode(bytes);
  };
  assert.deepEqual(readGrants(files, "p"), { grants: {}, trust: [] });
  writeGrants(files, "p", ID, { serial: { allow: ["/dev/b", "/dev/a", "/dev/b"] }, clock: { allow: true } });
  assert.equal(
    text().split("\n").slice(2).join("\n"),
    `{
  "grants": {
    "org.example.nmea": {
      "clock": { "allow": true },
      "serial": { "allow": ["/dev/a", "/dev/b"] }
    }
  }
}
`,
  );
  put(files, "p", { "tinman.grants.jsonc": text().replace('    "org', '    // Agreed with Ana.\n    "org') });
  writeGrants(files, "p", "org.another", { net: { allow: ["a.example"], deny: ["a.example:22"] } });
  writeGrants(files, "p", ID, { serial: { allow: true } });
  writeTrust(files, "p", [`ed25519:${"A".repeat(43)}=`]);
  assert.match(text(), /^\/\/ What plugins may do[^]*\/\/ Agreed with Ana\.\n {4}"org\.example\.nmea"/);
  assert.deepEqual(readGrants(files, "p"), {
    grants: {
      "org.another": { net: { allow: ["a.example"], deny: ["a.example:22"] } },
      [ID]: { serial: { allow: true } },
    },
    trust: [`ed25519:${"A".repeat(43)}=`],
  });
  writeGrants(files, "p", "org.another", {});
  assert.deepEqual(Object.keys(readGrants(files, "p").grants), [ID]);
});

Deno.test("grants that cannot be meant are refused, all at once, and never written", () => {
  const files = createMemoryFiles();
  const grants = {
    "Not an id": {},
    [ID]: {
      nett: { allow: true },
      net: { allow: ["a b"] },
      read: { allow: ["${config.x}"] },
      clock: { allow: [] },
      env: { deny: ["X"] },
      run: { allow: "all" },
    },
  };
  const text = JSON.stringify({ grants, trust: ["x"] });
  put(files, "p", { "tinman.grants.jsonc": text });
  assert.throws(() => readGrants(files, "p"), (error: Error) => {
    for (
      const part of [
        'grants["Not an id"]: it is not the id of a plugin',
        'nett: did you mean "net"?',
        "net.allow[0]: expected a host",
        "read.allow[0]: name the value itself",
        "clock.allow: clock takes no values: expected true",
        "env.allow: it is missing",
        "run.allow: expected a list",
        "trust[0]: expected a key",
      ]
    ) assert.ok(error.message.includes(part), `${part}\n${error.message}`);
    return true;
  });
  put(files, "p", { "tinman.grants.jsonc": `{"grants": {"__proto__": {"run": {"allow": true}}}}` });
  assert.throws(() => readGrants(files, "p"), { code: "CONFIG" });
});

Deno.test("parseGrantArguments() reads what formatGrant() writes", () => {
  const value = fc.stringMatching(/^[\x20-\x7e\u00e0-\u00ff]{1,12}$/).filter((text) => !/^,|\$\{/.test(text));
  fc.assert(fc.property(fc.uniqueArray(value, { minLength: 1, maxLength: 4 }), (values) => {
    const word = formatGrant("read", values);
    // As a shell takes the quotes away.
    const plain = /^'[^]*'$/.test(word) ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
    assert.deepEqual(parseGrantArguments([plain]), { read: { allow: values } });
  }));
  assert.equal(formatGrant("net", true), "net");
  assert.deepEqual(parseGrantArguments(["net", "read=a,,b,c", "-read=a/keys", "read=d"]), {
    net: { allow: true },
    read: { allow: ["a,b", "c", "d"], deny: ["a/keys"] },
  });
});

Deno.test("parseGrantArguments() says what was to be done with a word, and how to write it", () => {
  assert.throws(() => parseGrantArguments(["net="], "revoke"), {
    message: "Cannot revoke net=: it is empty",
    hint: "net=VALUE,… for these values, net alone for all of it",
  });
  assert.throws(() => parseGrantArguments(["foo"]), { message: /^Cannot grant foo: expected/, hint: undefined });
});

for (
  const [word, problem] of [
    ["nett", "did you mean"],
    ["clock=1", "clock takes no values"],
    ["net=", "it is empty"],
    ["-net", "say what to deny"],
    ["read=${config.x}", "name the value itself"],
    ["", "expected read, write"],
  ]
) {
  Deno.test(`parseGrantArguments() refuses ${JSON.stringify(word)}: ${problem}`, () => {
    assert.throws(() => parseGrantArguments([word!]), { code: "USAGE", message: new RegExp(problem!) });
  });
}
