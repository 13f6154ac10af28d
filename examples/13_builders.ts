// Builders say what they make of what. Of what is kept, only what depends on a change is made again.
import {
  builder,
  Built,
  createEventPipeline,
  createMemoryArchives,
  on,
  rendezvous,
  Resolve,
  tumbling,
  where,
  type Window,
  Windows,
} from "tinman/reactive";

interface Trip {
  readonly id: number;
  readonly minutes: number;
}

const archives = createMemoryArchives();

/** Departures and arrivals by id, then trips by the ten minutes in which they began. */
async function report(departures: readonly Trip[], arrivals: readonly Trip[]): Promise<void> {
  const trips = builder({
    provides: "trip",
    requires: ["*pair"],
    persist: true,
    build: (_, from: Trip, to: Trip) => [{ at: from.minutes, took: to.minutes - from.minutes }],
  });
  const builders = [
    builder({ provides: "departure", build: () => departures }),
    builder({ provides: "arrival", build: () => arrivals }),
    rendezvous({ provides: "pair", requires: ["departure", "arrival"], keys: [byId, byId] }),
    trips,
    new Windows({
      provides: "table",
      requires: ["trip"],
      shape: tumbling({ sizeMs: 10 * 60_000 }),
      timeMs: (trip: { at: number }) => trip.at * 60_000,
      phases: "hold",
    }),
  ];
  const print = on(where(Built, { target: "table" }), ({ artifact }) => {
    const { startMs, items } = artifact as Window<{ took: number }>;
    console.log(`from minute ${startMs / 60_000}: trips of ${items.map(({ took }) => took).join(" and ")} minutes`);
  });
  const pipeline = createEventPipeline([...builders, { name: "print", handlers: [print] }], { archives });
  pipeline.submit(Resolve({ target: "table" }));
  await pipeline.run();
  const { built, archive, reasons } = trips.report();
  console.log(`trips: ${built} built ${JSON.stringify(reasons)}, ${archive} from the archive`);
}

const byId = ({ id }: Trip) => id;
const departures = [{ id: 1, minutes: 2 }, { id: 2, minutes: 5 }, { id: 3, minutes: 12 }];
const arrivals = [{ id: 2, minutes: 11 }, { id: 1, minutes: 20 }, { id: 3, minutes: 21 }];

await report(departures, arrivals);
await report(departures, [...arrivals.slice(0, 2), { id: 3, minutes: 40 }]);

// prints:
// from minute 0: trips of 6 and 18 minutes
// from minute 10: trips of 9 minutes
// trips: 3 built {"no entry":3}, 0 from the archive
// from minute 0: trips of 6 and 18 minutes
// from minute 10: trips of 28 minutes
// trips: 1 built {"input changed":1}, 2 from the archive
