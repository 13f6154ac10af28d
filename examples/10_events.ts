// Events, and who hears of them. The order is a function of the input alone: it is the same in every run.
import { createEventPipeline, defineEvent, on } from "tinman/reactive";

const Start = defineEvent<{ who: string }>("start");
const Greet = defineEvent<{ who: string }>("greet");

const greeter = {
  name: "greeter",
  handlers: [
    on(Start, ({ who }, context) => context.submit(Greet({ who }))),
    on(Greet, ({ who }) => console.log(`Hello, ${who}!`)),
  ],
};

const pipeline = createEventPipeline([greeter]);
pipeline.submit(Start({ who: "world" }));
await pipeline.run();

// prints:
// Hello, world!
