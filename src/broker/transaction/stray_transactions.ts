import type { Cluster } from "../cluster.ts";
import { placeOf, type TransactionalProducer } from "./transactional_producer.ts";

/**
 * Gives up transactions in partitions that no producer knows of: what was kept of them was lost, and they would hold up
 * readers for ever.
 *
 * @throws {TinmanError} `WRITE_FAILED`
 */
export function giveUpStrays(
  cluster: Cluster,
  producers: Iterable<Pick<TransactionalProducer, "producerId" | "partitions">>,
): void {
  const nowMs = Number(cluster.clock.now() / 1_000_000n);
  const known = new Set<string>();
  for (const { producerId, partitions } of producers) {
    for (const place of partitions.keys()) known.add(`${producerId}/${place}`);
  }
  for (const { name, partitions } of cluster.topics) {
    for (const partition of partitions) {
      const place = placeOf({ topic: name, index: partition.index });
      for (const { producerId, epoch, openedAt } of [...partition.producers()]) {
        if (openedAt === undefined || known.has(`${producerId}/${place}`)) continue;
        partition.mark({ producerId, epoch, isCommit: false }, nowMs);
      }
    }
  }
}
