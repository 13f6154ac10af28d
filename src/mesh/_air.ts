import type { Machine } from "./_machine.ts";
import { isCalm, type World } from "./_world.ts";
import { meet, type MeetOptions } from "./sync/_meet.ts";

/**
 * Lets two peers meet over packets of which some are lost, come twice or late, until it breaks off. When a world is calm
 * everything arrives.
 */
export function meetOverAir(a: Machine, b: Machine, world: World): void {
  const { random } = world;
  const rough: MeetOptions = {
    loss: [0, 0.1, 0.3][random.int(3)]!,
    duplicate: 0.1,
    reorder: 0.2,
    cutAfter: random.int(3) === 0 ? random.int(20) : Infinity,
  };
  const end = (peer: Machine) => ({
    device: peer.key.device,
    maxBytes: [200, 500, 1200][random.int(3)]!,
    // Some compare ranges of devices, though there are few of them.
    maxPlainDevices: peer.key.device < "8" ? 2 : 256,
    missing: () => peer.replica.view.missing(),
    onBehind: (seq: number) => peer.replica.noteOwn(seq),
  });
  meet(a.replica.feeds, b.replica.feeds, {
    ...(isCalm(world) ? {} : rough),
    seed: `${random.next()}`,
    a: end(a),
    b: end(b),
  });
}
