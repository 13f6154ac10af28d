import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the browser is that the tests drive, if there is one. */
export const browserPath: string | undefined = [Deno.env.get("TINMAN_CHROMIUM"), ...PATHS].find((path) => {
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Why there are no tests in a browser; CI says that there have to be. */
export const skipped: boolean = browserPath === undefined && Deno.env.get("TINMAN_BROWSER") !== "required";
if (skipped) console.log("no tests in a browser: there is no chromium (apt-get install chromium)");

/** What each test in a browser is: skipped without one, and not held to its sockets, which outlive it by a moment. */
export const inBrowser = { ignore: skipped, sanitizeOps: false, sanitizeResources: false } as const;

/** A page, and all that was odd about it. */
export interface Watched {
  readonly page: Page;
  /** Errors in the console, requests that failed, and requests to anywhere else. */
  readonly problems: string[];
}

/** Starts the browser. */
export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  if (browserPath === undefined) throw new Error("there is no chromium: apt-get install chromium");
  const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

/** A page in a window of its own, which keeps to `origin`. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: { readonly theme?: "light" | "dark"; readonly size?: { width: number; height: number } } = {},
): Promise<Watched> {
  const { theme = "light", size = { width: 1280, height: 800 } } = options;
  const context: BrowserContext = await browser.newContext({ colorScheme: theme, viewport: size });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) {
      problems.push(`outside: ${request.url()}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return { page, problems };
}

const folder = new URL("screenshots/", import.meta.url);

/** Keeps a picture of the page, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  Deno.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: new URL(`${name}.png`, folder).pathname });
}
