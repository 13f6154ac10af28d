// The original has no tests of its own for these; its defects 2 and 3 (a consumer that leaves, or throws, while its
// producer is blocked) are here, and with whole graphs in runtime/run_test.ts.
import { testChannel } from "../testing/channel_suite.ts";
import { Out } from "./mod.ts";

testChannel({
  name: "Out and In",
  test: Deno.test,
  open(capacities) {
    const out = new Out<number>();
    const subscribe = (capacity: number) => out.subscribe({ capacity });
    return { out, inputs: capacities.map(subscribe), subscribe, settle };
  },
});

/** Nothing takes longer from one end to the other than a few microtasks. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await null;
}
