import { testGuest } from "./_guest_suite.ts";
import { openQuickJs } from "./quickjs.ts";

testGuest({ name: "openQuickJs()", test: Deno.test, open: () => openQuickJs({ now: () => 0 }) });
