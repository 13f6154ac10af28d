import { testGuest } from "./_guest_suite.ts";
import { openTrusted } from "./trusted.ts";

async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve();
}

testGuest({ name: "openTrusted()", test: Deno.test, open: () => openTrusted({ settled }) });
