/** Operations that anybody may do, as bits by the numbers of Kafka's AclOperation: there are no access lists. */
export const ALL_OPERATIONS = { topic: 0b1101_1111_1000, cluster: 0b1_1111_1010_0000 } as const;
