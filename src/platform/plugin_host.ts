/**
 * What runs in the process of a plugin beside the worker in which the plugin is: only a relay, so that it always listens.
 * First comes the text of the worker behind its length, then bytes for the worker; what the worker gives goes out.
 *
 * When nothing more can come, because whoever started it is gone, it ends, also while the plugin hangs.
 */
export async function runPluginHost([permissions = "{}"]: readonly string[]): Promise<never> {
  const input = readInput();
  const { text, rest } = await readText(input);
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", deno: { permissions: JSON.parse(permissions) } } as WorkerOptions);
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message);
  };
  worker.onmessageerror = () => fail("Error: what the plugin sent cannot be read");

  // Waiting for whoever reads is what holds a plugin up; meanwhile what it sends counts as its memory.
  worker.onmessage = ({ data }) => {
    if (!(data instanceof Uint8Array)) return fail("Error: the plugin sent something else than bytes");
    try {
      for (let rest = data; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
    } catch {
      Deno.exit(0); // nobody reads any more
    }
  };

  const pass = (bytes: Uint8Array<ArrayBuffer>) => worker.postMessage(bytes, [bytes.buffer]);
  if (rest.length > 0) pass(rest);
  for (;;) {
    const { value, done } = await input.next();
    if (done) Deno.exit(0);
    pass(value);
  }
}

function fail(message: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`${message}\n`.slice(0, 8000)));
  Deno.exit(1);
}

/** What comes in; less work than the stream that Deno has for it. */
async function* readInput(): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
}

/** The text that comes first, and the bytes that came with its end. */
async function readText(
  input: AsyncIterator<Uint8Array<ArrayBuffer>>,
): Promise<{ text: string; rest: Uint8Array<ArrayBuffer> }> {
  let bytes = new Uint8Array(0);
  for (;;) {
    const length = bytes.length < 4 ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (length !== undefined && bytes.length >= 4 + length) {
      return { text: new TextDecoder().decode(bytes.subarray(4, 4 + length)), rest: bytes.slice(4 + length) };
    }
    const { value, done } = await input.next();
    if (done) Deno.exit(0);
    bytes = joined([bytes, value]);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
