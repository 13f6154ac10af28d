/// <reference lib="dom" />
import { enter, request } from "./api.ts";
import { h } from "./dom.ts";
import { ApiError } from "./page.ts";
import { type About, Shell } from "./shell.ts";

async function start(): Promise<void> {
  try {
    await enter();
    new Shell(await request("/api/sources") as About);
  } catch (error) {
    const isUnknown = error instanceof ApiError && error.status === 401;
    document.body.replaceChildren(
      h(
        "main",
        { class: "stop" },
        h("h1", { text: isUnknown ? "This page needs its token" : "The inspector does not answer" }),
        h("p", {
          text: isUnknown
            ? "Open the address as it was printed in the terminal: it ends with #t= and the token."
            : error instanceof Error
            ? error.message
            : String(error),
        }),
      ),
    );
  }
}

await start();
