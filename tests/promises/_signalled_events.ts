import { createEventPipeline, defineEvent, on, Poison } from "tinman/reactive";

const Count = defineEvent<{ n: number }>("count");

/** Counts for ever, without ever waiting for anything. Says `running` at first, and at the end how far it came. */
let last = 0;
export const busy = createEventPipeline([{
  name: "busy",
  handlers: [
    on(Count, ({ n }, context) => {
      if (n === 1000) console.log("running");
      last = n;
      context.submit(Count({ n: n + 1 }));
    }),
    on(Poison, () => console.log(`tidied after ${last}`)),
  ],
}]);
busy.submit(Count({ n: 1 }));

/** Has a handler at work that goes on for a while when it is told to stop, and events that wait for it. */
export const atWork = createEventPipeline([{
  name: "at work",
  handlers: [
    on(Count, async ({ n }, { signal }) => {
      console.log(`running ${n}`);
      // Something has to keep the process alive, as a socket would.
      const alive = setInterval(() => {}, 1000);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      clearInterval(alive);
      console.log(`ended ${n}`);
    }),
    on(Poison, () => console.log("tidied")),
  ],
}]);
for (let n = 1; n <= 3; n++) atWork.submit(Count({ n }));
