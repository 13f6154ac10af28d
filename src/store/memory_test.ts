import { testStore } from "../testing/store_suite.ts";
import { createMemoryStore } from "./memory.ts";

testStore({ name: "createMemoryStore()", test: Deno.test, create: createMemoryStore });
