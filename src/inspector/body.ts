import { TinmanError } from "../errors/mod.ts";

/** The JSON that a request carries. @throws {TinmanError} `TOO_LARGE` as soon as it is, `USAGE` when it is none. */
export async function readJson(request: Request, maxBytes = 2 ** 20): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = Number(request.headers.get("content-length") ?? 0);
  if (size > maxBytes) throw tooLarge(size, maxBytes);
  size = 0;
  for await (const part of request.body ?? []) {
    parts.push(part);
    if ((size += part.length) > maxBytes) throw tooLarge(size, maxBytes);
  }
  try {
    return JSON.parse(await new Blob(parts as BlobPart[]).text());
  } catch {
    throw new TinmanError("USAGE", "Cannot read the body: it is JSON", {});
  }
}

function tooLarge(actual: number, limit: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot take a body of ${actual} bytes: at most ${limit}`, { actual, limit });
}
