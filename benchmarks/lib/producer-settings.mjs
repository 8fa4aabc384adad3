// How the Java producer is set, beyond its defaults, which are acks=all and idempotence.

/** 128 KiB batches: `linger.ms` only lets them fill. */
export const batched = { 'batch.size': 131_072, 'linger.ms': 5 }

export const oneARequest = { 'batch.size': 1, 'linger.ms': 0, 'max.in.flight.requests.per.connection': 5 }
