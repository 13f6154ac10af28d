/// <reference lib="dom" />
import { h } from "../dom.ts";

/** Colours of the theme, as they are now. */
export type Palette = Readonly<Record<typeof NAMES[number], string>>;

const NAMES = [
  "ground",
  "surface",
  "raised",
  "line",
  "text",
  "dim",
  "accent",
  "accent-soft",
  "good",
  "warn",
  "bad",
  "warn-soft",
  "bad-soft",
] as const;

/** Something to draw on that fits its place, is sharp, and is drawn anew when place or theme change. */
export class Canvas {
  readonly element: HTMLCanvasElement;
  readonly #draw: (context: CanvasRenderingContext2D, width: number, height: number, palette: Palette) => void;
  #palette: Palette | undefined;
  #more = new Map<string, string[]>();
  #isDue = false;

  /** `label` is for who cannot see it; what it shows has to stand in a table, too. */
  constructor(
    { label, signal, draw, className = "" }: {
      readonly label: string;
      readonly signal: AbortSignal;
      readonly className?: string;
      readonly draw: (context: CanvasRenderingContext2D, width: number, height: number, palette: Palette) => void;
    },
  ) {
    this.#draw = draw;
    this.element = h("canvas", { role: "img", "aria-label": label, class: className });
    const resized = new ResizeObserver(() => this.redraw());
    resized.observe(this.element);
    const repaint = () => {
      this.#palette = undefined;
      this.#more.clear();
      this.redraw();
    };
    const themed = new MutationObserver(repaint);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      themed.disconnect();
    });
  }

  /** Pixels of the page, from left to right. */
  get width(): number {
    return this.element.clientWidth;
  }

  /** Colours `name-1`, `name-2`, … of the theme. */
  colours(name: string, count: number): string[] {
    const known = this.#more.get(name);
    if (known !== undefined) return known;
    const found = readColours(this.element, Array.from({ length: count }, (_, i) => `${name}-${i + 1}`));
    this.#more.set(name, found);
    return found;
  }

  /** Draws with the next frame of the browser, once however often it is asked for. */
  redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.drawNow();
    });
  }

  /** Draws. */
  drawNow(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    const scale = devicePixelRatio;
    const [w, tall] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.element.width !== w || this.element.height !== tall) [this.element.width, this.element.height] = [w, tall];
    const context = this.element.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `11px ${getComputedStyle(this.element).fontFamily}`;
    context.textBaseline = "middle";
    this.#draw(context, width, height, this.#palette ??= readPalette(this.element));
  }

  /** Saves what it shows as a picture, on the ground of the theme. */
  save(name: string): void {
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.element.width, this.element.height];
    const context = picture.getContext("2d")!;
    context.fillStyle = (this.#palette ??= readPalette(this.element)).surface;
    context.fillRect(0, 0, picture.width, picture.height);
    context.drawImage(this.element, 0, 0);
    picture.toBlob((blob) => blob !== null && saveAs(blob, name), "image/png");
  }
}

/** Has the browser keep something as a file. */
export function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Fetches a style sheet of our own, once. */
export function useStyle(path: string): Promise<void> {
  const known = [...document.querySelectorAll("link")].some((link) => link.getAttribute("href") === path);
  if (known) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  document.head.append(h("link", { rel: "stylesheet", href: path, onLoad: () => resolve(), onError: () => resolve() }));
  return promise;
}

function readPalette(element: HTMLElement): Palette {
  const colours = readColours(element, NAMES);
  return Object.fromEntries(NAMES.map((name, i) => [name, colours[i]!])) as Palette;
}

// What a variable says may be a pair for both themes; what an element is painted with is one colour.
function readColours(element: HTMLElement, names: readonly string[]): string[] {
  const probe = h("span", { hidden: true });
  (element.parentElement ?? document.body).append(probe);
  const colours = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return colours;
}
