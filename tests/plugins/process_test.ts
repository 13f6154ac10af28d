import { testGuest } from "../../src/plugin/_guest_suite.ts";
import { openGuest } from "./_process.ts";

testGuest({ name: "process", test: (name, run) => Deno.test(name, run), open: () => openGuest() });
