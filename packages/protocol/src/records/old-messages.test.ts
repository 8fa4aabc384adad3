// The bytes: MemoryRecordsBuilder of Apache Kafka 2.5, from offset 7 on; k1 → v1 at 1000, no key → v2 at 1001, k3 → null at 1002.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listBatches } from './batch-list.js'
import { batchOfOldMessages, readOldMessageHeader, readOldMessages } from './old-messages.js'
import { RecordBatchError } from './record-batch-error.js'
import { readRecords } from './record-reader.js'

const written: readonly (readonly [string, string])[] = [
  [
    'format 0, none',
    '00000000000000070000001257e7496e0000000000026b31000000027631000000000000000800000010d5960a780000ffffffff000000027632000000000000000900000010b643ca6a0000000000026b33ffffffff',
  ],
  [
    'format 0, gzip',
    '000000000000000900000055c2e8b0cb0001ffffffff000000471f8b08000000000000ff636000037620160a7fee9907e631651b82c8324388240307100b5c9dc655c1c0f01f08c0724650394e90dc36e75359509dc6201500eaee24c856000000',
  ],
  [
    'format 0, snappy',
    '00000000000000090000006e65b57f8a0002ffffffff0000006082534e415050590000000001000000010000004c560000090120070000001257e7496e050f1c026b31000000027601060101380800000010d5960a780000ffffffff051c003201190c00000009011c3cb643ca6a0000000000026b33ffffffff',
  ],
  [
    'format 0, lz4',
    '000000000000000900000068863b13910003ffffffff0000005a04224d1860401a4b0000001200010091070000001257e7496e0f0080026b3100000002760600000200f1000800000010d5960a780000ffffffff1c001032190040000000091c0041b643ca6a0e0070026b33ffffffff00000000',
  ],
  [
    'format 1, none',
    '00000000000000070000001ab1a6ec76010000000000000003e8000000026b31000000027631000000000000000800000018ef17230e010000000000000003e9ffffffff0000000276320000000000000009000000181520851d010000000000000003ea000000026b33ffffffff',
  ],
  [
    'format 1, gzip',
    '0000000000000009000000627bb29072010100000000000003eaffffffff0000004c1f8b08000000000000ff63608003a98dcbde94314239cc2f800453b621882c33840a822425de8b2bf3c155bdfc0f04603546502126901a51855659b89a5760938c412a014842430f6e000000',
  ],
  [
    'format 1, snappy',
    '00000000000000090000007bf57a8079010200000000000003eaffffffff0000006582534e41505059000000000100000001000000516e00001901141ab1a6ec76010d101c03e8000000026b310106007601060101011d1018ef17230e010901011403e9ffffffff052400320110010a1c000000181520851d152428ea000000026b33ffffffff',
  ],
  [
    'format 1, lz4',
    '0000000000000009000000790fb8268e010300000000000003eaffffffff0000006304224d186040825400000016000100631ab1a6ec760110008003e8000000026b31060010760600000200001d005018ef17230e09000002006103e9ffffffff240010321000000a0085000000181520851d2400b0ea000000026b33ffffffff00000000',
  ],
  [
    'format 1, gzip, LogAppendTime',
    '0000000000000009000000609275e09501090000000000001388ffffffff0000004a1f8b08000000000000ff63608003a93fa2cc468c1c108e70079060ca360491658650158c402c51fd65563f42d57f2000ab3182aa6102a991508c9a8b669231482500267f1c366e000000',
  ],
]

function messagesOf(hex: string): readonly Buffer[] {
  const bytes = Buffer.from(hex, 'hex')
  const { positions } = listBatches(bytes)
  return positions.map((at, index) => bytes.subarray(at, positions[index + 1] ?? bytes.length))
}

for (const [name, hex] of written) {
  test(`${name}: as written by Kafka, and as a batch`, () => {
    const messages = messagesOf(hex)
    assert.ok(messages.every((message) => readOldMessageHeader(message).isCrcValid))
    const times = name.startsWith('format 0')
      ? [-1, -1, -1]
      : name.endsWith('LogAppendTime')
        ? [5000, 5000, 5000]
        : [1000, 1001, 1002]
    const expected = [
      [7, times[0], 'k1', 'v1'],
      [8, times[1], null, 'v2'],
      [9, times[2], 'k3', null],
    ]
    const text = (bytes: Buffer | null) => bytes?.toString() ?? null
    const shown = messages
      .flatMap((message) => readOldMessages(message))
      .map(({ offset, timestamp, key, value }) => [offset, timestamp, text(key), text(value)])
    assert.deepEqual(shown, expected)
    const records = messages.flatMap((message) => [...readRecords(batchOfOldMessages(message))])
    assert.deepEqual(
      records.map(({ offset, timestamp, key, value }) => [offset, timestamp, text(key), text(value)]),
      expected,
    )
  })
}

test('cut or damaged anywhere: an error of the batch, and never another', () => {
  for (const [, hex] of written) {
    for (const message of messagesOf(hex)) {
      for (let end = 17; end < message.length; end++) isRefusedOrRead(message.subarray(0, end))
      for (let at = 16; at < message.length; at++) {
        const damaged = Buffer.from(message)
        damaged[at] = (damaged[at] ?? 0) ^ 0xff
        isRefusedOrRead(damaged)
        assert.equal(readable(() => readOldMessageHeader(damaged).isCrcValid) ?? false, false)
      }
    }
  }
})

function isRefusedOrRead(bytes: Buffer): void {
  readable(() => batchOfOldMessages(bytes))
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error
    return undefined
  }
}
