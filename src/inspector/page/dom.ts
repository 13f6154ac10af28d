/// <reference lib="dom" />
import { visible } from "./visible.ts";

/*
 * Elements, made one by one: a text that comes from a channel can become nothing but a text. There is no innerHTML here, and the
 * page's Trusted Types would refuse it. What is not seen in a text becomes visible here, so that nobody else needs to think of it.
 */

/** What an element is given: `class`, `on…` handlers, `text`, and attributes; `false` and `undefined` leave one out. */
export type Props = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => void) | Readonly<Record<string, string>>>
>;
export type Child = Node | string | undefined | false;

/** Makes an HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** Makes an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** Sets the text of an element, if it is another one: what does not change is not touched, and a selection stays. */
export function setText(element: Element, text: string): void {
  const shown = shownIn(element, text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Sets an attribute, if it is another one; `undefined` takes it away. */
export function setAttribute(element: Element, name: string, value: string | number | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== attribute(name, value)) element.setAttribute(name, attribute(name, value));
}

/** Has `parent` hold one element for each item, in order. Those of the same key are kept, and updated. */
export function keyed<T, E extends Element>(
  parent: Element,
  items: readonly T[],
  { key, make, update }: {
    readonly key: (item: T) => string;
    readonly make: (item: T) => E;
    readonly update?: (element: E, item: T) => void;
  },
): void {
  const known = kept.get(parent) as Map<string, E> | undefined ?? new Map<string, E>();
  const next = new Map<string, E>();
  for (const item of items) {
    const element = known.get(key(item)) ?? make(item);
    next.set(key(item), element);
    update?.(element, item);
  }
  for (const [name, element] of known) if (next.get(name) !== element) element.remove();
  let place = parent.firstElementChild;
  for (const element of next.values()) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  kept.set(parent, next);
}

const kept = new WeakMap<Element, Map<string, Element>>();

function fill<E extends Element>(element: E, props: Props, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (typeof value === "object") Object.assign((element as unknown as HTMLElement).style, value);
    else if (name === "text") element.textContent = shownIn(element, `${value}`);
    else element.setAttribute(name, value === true ? "" : attribute(name, value));
  }
  for (const child of children) {
    if (child !== undefined && child !== false) {
      element.append(typeof child === "string" ? shownIn(element, child) : child);
    }
  }
  return element;
}

/** Where lines are kept they are seen; elsewhere a browser makes spaces of them. */
function shownIn(element: Element, text: string): string {
  return visible(text, { keepsLines: element.matches("pre, textarea, .lines") });
}

/** Attributes that people read. */
const READ = new Set(["title", "aria-label", "placeholder"]);

function attribute(name: string, value: string | number): string {
  return READ.has(name) ? visible(`${value}`, { keepsLines: true }) : `${value}`;
}
