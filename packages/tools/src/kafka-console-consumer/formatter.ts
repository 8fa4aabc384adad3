import type { ConsumerRecord } from '@millrace/client'

/** Java's `MessageFormatter`: the bytes to write for a record, its line end among them; none for a record that it leaves out. */
export type Formatter = (record: ConsumerRecord) => Buffer | string
