import type { CompactingWorld } from "./_compacting.ts";
import { Machine } from "./_machine.ts";
import { invite, join } from "./membership.ts";

/** All write some events, and each hears from each what it holds. */
export function writeAndMeet(world: CompactingWorld, machines: readonly Machine[] = world.machines): void {
  const meetAll = () => machines.forEach((a) => machines.forEach((b) => a !== b && world.meet(a, b)));
  meetAll();
  for (let i = 0; i < 20; i++) {
    for (const each of machines) world.write(each, [{ kind: "field.set", record: "R-1", field: "f", value: i }]);
  }
  for (let i = 0; i < 2; i++) meetAll();
}

/** A machine that was invited, and that nobody has talked to yet. */
export function newcomer(
  world: CompactingWorld,
  { name = "late", by = world.machines[0]!, role = "writer" }: {
    readonly name?: string;
    readonly by?: Machine;
    readonly role?: "admin" | "writer";
  } = {},
): Machine {
  const invitation = invite(by.replica, { secret: world.random.bytes(32), role });
  world.tell(by);
  const machine = new Machine(name, world);
  join(machine.replica, invitation, name);
  world.tell(machine);
  return machine;
}
