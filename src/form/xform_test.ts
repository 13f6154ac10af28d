import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { checkEntry, formatEntryProblem } from "./check.ts";
import { importForm } from "./import.ts";
import { formatProblem } from "./problems.ts";

// Every table of choices has this name in it.
const root = "root";

/** A form as Kobo deploys it. */
const xform = `<?xml version="1.0" encoding="utf-8"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
  <h:head>
    <h:title>Households</h:title>
    <model>
      <itext>
        <translation lang="English (en)" default="true()">
          <text id="/aXy/age:label"><value>Age of <output value=" /aXy/name "/></value><value form="image">jr://images/age.png</value></text>
          <text id="/aXy/age:jr:constraintMsg"><value>No such age</value></text>
          <text id="yn-0"><value>Yes</value></text>
          <text id="yn-1"><value>No</value></text>
        </translation>
        <translation lang="Français (fr)">
          <text id="/aXy/age:label"><value>Âge</value></text>
          <text id="yn-0"><value>Oui</value></text>
          <text id="yn-1"><value>-</value></text>
        </translation>
      </itext>
      <instance>
        <aXy id="aXy" version="v7">
          <formhub><uuid/></formhub>
          <start/><name/><age/><kind>b</kind><likes/><district/><village/><intro/>
          <house><where/><member jr:template=""><nick/></member><member><nick/></member><total/></house>
          <photo/><__version__/><meta><instanceID/></meta>
        </aXy>
      </instance>
      <instance id="yn"><root><item><itextId>yn-0</itextId><name>y</name></item><item><itextId>yn-1</itextId><name>n</name></item></root></instance>
      <instance id="districts"><root><item><name>d1</name><label>One</label><region>r1</region></item></root></instance>
      <instance id="villages" src="jr://file-csv/villages.csv"/>
      <bind nodeset="/aXy/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
      <bind nodeset="/aXy/name" type="string" required="true()"/>
      <bind nodeset="/aXy/age" type="int" constraint=". &gt; 0 and . &lt;= 120" jr:constraintMsg="jr:itext('/aXy/age:jr:constraintMsg')" relevant=" /aXy/name != ''"/>
      <bind nodeset="/aXy/kind" type="string"/>
      <bind nodeset="/aXy/likes" type="string"/>
      <bind nodeset="/aXy/intro" type="string" readonly="true()"/>
      <bind nodeset="/aXy/house" relevant="selected( /aXy/likes , 'y')"/>
      <bind nodeset="/aXy/house/where" type="geopoint"/>
      <bind nodeset="/aXy/house/member/nick" type="string" required="true()" jr:requiredMsg="Who?"/>
      <bind nodeset="/aXy/house/total" type="string" calculate="count( /aXy/house/member )"/>
      <bind nodeset="/aXy/photo" type="binary"/>
      <bind nodeset="/aXy/__version__" calculate="'v8'" type="string"/>
    </model>
  </h:head>
  <h:body>
    <input ref="/aXy/name"><label>Name</label><hint>In full</hint></input>
    <input ref="/aXy/age"><label ref="jr:itext('/aXy/age:label')"/></input>
    <select1 ref="/aXy/kind" appearance="minimal"><label>Kind</label><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select1>
    <select ref="/aXy/likes"><label>Likes</label><itemset nodeset="instance('yn')/${root}/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select>
    <select1 ref="/aXy/district"><label>D</label><itemset nodeset="instance('districts')/${root}/item[region= /aXy/kind ]"><value ref="name"/><label ref="label"/></itemset></select1>
    <select1 ref="/aXy/village"><label>V</label><itemset nodeset="instance('villages')/${root}/item"><value ref="name"/><label ref="label"/></itemset></select1>
    <input ref="/aXy/intro"><label>Read this</label></input>
    <group ref="/aXy/house"><label>House</label>
      <input ref="/aXy/house/where"><label>Where</label></input>
      <group ref="/aXy/house/member"><label>Member</label><repeat nodeset="/aXy/house/member" jr:count=" /aXy/age "><input ref="/aXy/house/member/nick"><label>Nick</label></input></repeat></group>
    </group>
    <upload ref="/aXy/photo" mediatype="image/*"><label>Photo</label></upload>
  </h:body>
</h:html>`;

const lineOf = (text: string) => xform.slice(0, xform.indexOf(text)).split("\n").length;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const nowNs = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n;

Deno.test("importForm() reads an XForm: instance, binds, body, translations", () => {
  const { form, problems } = importForm(bytesOf(xform));
  assert.deepEqual(problems.map(formatProblem), [
    `line ${
      lineOf('/aXy/village"')
    }: village: choices from a file are not served: answers are not compared with villages.csv`,
  ]);
  assert.equal(form!.id, "aXy");
  assert.equal(form!.version, "v7");
  assert.deepEqual(form!.languages, ["English (en)", "Français (fr)", "default"]);
  assert.deepEqual(form!.fields.map(({ path, type }) => `${path} ${type}`), [
    ...[
      "start datetime",
      "name text",
      "age integer",
      "kind select_one",
      "likes select_multiple",
      "district select_one",
    ],
    ...["village select_one", "intro note", "house/where geopoint", "house/member/nick text", "house/total calculate"],
    "photo image",
  ]);
  const find = (path: string) => form!.fields.find((field) => field.path === path)!;
  assert.deepEqual(find("age"), {
    path: "age",
    type: "integer",
    label: { "English (en)": "Age of ${name}", "Français (fr)": "Âge" },
    constraint: ". > 0 and . <= 120",
    constraintMessage: { "English (en)": "No such age" },
    relevant: "/aXy/name != ''",
    media: { image: { "English (en)": "age.png" } },
  });
  assert.equal(find("kind").default, "b");
  assert.deepEqual(form!.groups.map(({ path, repeat, count }) => [path, repeat, count]), [
    ["house", false, undefined],
    ["house/member", true, "/aXy/age"],
  ]);
  assert.deepEqual(form!.choices.yn![1], { name: "n", label: { "English (en)": "No" } });
});

Deno.test("checkEntry() holds an entry to the rules of an XForm", () => {
  const { form } = importForm(bytesOf(xform));
  const values = {
    ...{ name: "Ana", age: 200, kind: "c", likes: ["y"], district: "d1", village: "any" },
    "house/member[1]/nick": "A",
    "house/member[2]/nick": "",
  };
  const { problems, unchecked, computed } = checkEntry(form!, values, { nowNs });
  assert.deepEqual(problems.map(formatEntryProblem), [
    "age: constraint: No such age",
    'kind: choice: "c" is no choice; did you mean "a"?',
    'district: choice: "d1" is offered only where region= /aXy/kind',
  ]);
  assert.deepEqual(unchecked.map(({ field }) => field), ["village"]);
  assert.deepEqual(computed, { "house/total": "1" });
});

Deno.test("importForm() says what is wrong with an XForm, with the line", () => {
  const problems = (text: string) => importForm(bytesOf(text)).problems.map(formatProblem);
  assert.deepEqual(
    problems(xform.replace("count( /aXy/house/member )", "cuont( /aXy/nobody )"))[0],
    `line ${
      lineOf('calculate="count')
    }, column calculation: at character 1: there is no function cuont(); did you mean "count"?`,
  );
  assert.match(
    problems(xform.replace("/aXy/name != ''", "/aXy/nam != ''"))[0]!,
    /line \d+, column relevant: at character 1: the form has no \/aXy\/nam; did you mean "name"\?/,
  );
  assert.match(problems(xform.replace('type="int"', 'type="strange"'))[0]!, /there is no type "strange"/);
  assert.throws(() => importForm(bytesOf(xform.replace("</h:body>", ""))), (error) => isTinmanError(error, "CONFIG"));
});

Deno.test("importForm() expands no entity and reads nothing outside", () => {
  const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>${
    xform.slice(xform.indexOf("<h:html"))
  }`;
  assert.throws(() => importForm(bytesOf(laughs)), /it has a document type/);
  assert.throws(
    () => importForm(bytesOf(xform.replace("In full", "&xxe;"))),
    (error) => isTinmanError(error, "CONFIG"),
  );
});

Deno.test("importForm() throws nothing but TinmanError for an XForm with changes anywhere", () => {
  const tags = xform.split(/(?=<)/);
  const change = fc.tuple(
    fc.nat(tags.length - 1),
    fc.constantFrom("drop", "twice", "text"),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const parts = [...tags];
      for (const [at, what, text] of changes) {
        parts[at] = what === "drop"
          ? ""
          : what === "twice"
          ? parts[at]! + parts[at]
          : parts[at]!.replace(/"[^"]*"/, JSON.stringify(text));
      }
      try {
        const { form, problems } = importForm(bytesOf(parts.join("").toWellFormed()));
        if (form === undefined) assert.ok(problems.some(({ level }) => level === "error"));
      } catch (error) {
        assert.ok(isTinmanError(error), String(error));
      }
    }),
    { numRuns: 400 },
  );
});
