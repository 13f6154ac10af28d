import { SaxesParser } from "saxes";
import { isTinmanError } from "../errors/mod.ts";
import { cannotRead, tooLarge } from "./problems.ts";

/** One element; names are local names, without their prefix. */
export interface XmlElement {
  readonly name: string;
  /** Attributes by the name they are written with: `ref`, `jr:constraintMsg`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements and texts, in order. */
  readonly content: readonly (XmlElement | string)[];
  /** From 1. */
  readonly line: number;
}

/** Hears of elements as they come. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void;
  text(text: string): void;
  close(name: string): void;
}

const MAX_DEPTH = 200;
const MAX_ELEMENTS = 5_000_000;
/** An element of a tree takes some hundred bytes. */
const MAX_TREE = 300_000;
const CHUNK = 1 << 16;

/**
 * Reads XML 1.0 in UTF-8 or UTF-16. A document type is refused, so that no entity is ever expanded ("billion laughs") and
 * nothing outside is read.
 *
 * @throws {TinmanError} `CONFIG` with the line; `TOO_LARGE`.
 */
export function readXml(bytes: Uint8Array, what: string, handler: XmlHandler): void {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let depth = 0;
  let elements = 0;
  const fail = (message: string) => cannotRead(`${what}, line ${parser.line}: ${message}`);
  parser.on("error", ({ message }) => {
    throw fail(message.replace(/^(?:\d+:\d+: )/, "").replace(/\.$/, ""));
  });
  parser.on("doctype", () => {
    throw fail("it has a document type, <!DOCTYPE>, which no form needs");
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (++depth > MAX_DEPTH) throw fail(`elements are nested more than ${MAX_DEPTH} deep`);
    if (++elements > MAX_ELEMENTS) throw tooLarge(`the number of elements in ${what}`, MAX_ELEMENTS, elements);
    handler.open(localName(name), attributes as Record<string, string>, parser.line);
  });
  parser.on("text", (text) => handler.text(text));
  parser.on("cdata", (text) => handler.text(text));
  parser.on("closetag", ({ name }) => {
    depth--;
    handler.close(localName(name));
  });
  const text = decodeText(bytes, what);
  try {
    for (let at = 0; at < text.length; at += CHUNK) parser.write(text.slice(at, at + CHUNK));
    parser.close();
  } catch (error) {
    if (isTinmanError(error)) throw error;
    throw cannotRead(`${what} is no XML`, { cause: error });
  }
}

/** Reads XML into a tree, see {@linkcode readXml}. */
export function parseXml(bytes: Uint8Array, what: string): XmlElement {
  type Open = { name: string; attributes: Record<string, string>; content: (XmlElement | string)[]; line: number };
  const top: Open = { name: "", attributes: {}, content: [], line: 0 };
  const stack: Open[] = [top];
  let elements = 0;
  readXml(bytes, what, {
    open(name, attributes, line) {
      if (++elements > MAX_TREE) throw tooLarge(`the number of elements in ${what}`, MAX_TREE, elements);
      const element = { name, attributes, content: [], line };
      stack.at(-1)!.content.push(element);
      stack.push(element);
    },
    text(text) {
      stack.at(-1)!.content.push(text);
    },
    close() {
      stack.pop();
    },
  });
  const root = top.content.find((each) => typeof each !== "string");
  if (root === undefined) throw cannotRead(`${what} is empty`);
  return root;
}

/** The elements right in this one, of one name if it is given. */
export function elementsOf(element: XmlElement, name?: string): XmlElement[] {
  return element.content.filter((each): each is XmlElement =>
    typeof each !== "string" && (name === undefined || each.name === name)
  );
}

/** The first element of a name right in this one. */
export function elementOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element === undefined ? undefined : elementsOf(element, name)[0];
}

/** All text in an element, without its elements' own where `own` is set. */
export function textOf(element: XmlElement): string {
  return element.content.map((each) => typeof each === "string" ? each : textOf(each)).join("");
}

function decodeText(bytes: Uint8Array, what: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw cannotRead(`${what} is not in UTF-8`, { cause });
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
