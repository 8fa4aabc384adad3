import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTestData } from '../testing/test-data.js'
import { type Crc32cFunction, crc32c, crc32cPortable, loadNativeCrc32c } from './crc32c.js'

const native = loadNativeCrc32c()
const implementations: [string, Crc32cFunction][] = [
  ['default', crc32c],
  ['portable', crc32cPortable],
]
if (native !== undefined) implementations.push(['native', native])

for (const [name, checksum] of implementations) {
  test(`crc32c ${name}: the values of the standard, and of Java`, () => {
    const digits = Buffer.from('123456789')
    assert.equal(checksum(digits, 0, digits.length), 0xe3069283)
    assert.equal(checksum(Buffer.alloc(32), 0, 32), 0x8a9136aa)
    assert.equal(checksum(Buffer.alloc(32, 0xff), 0, 32), 0x62a8ab43)
    for (const [base64, , , expected] of readTestData('java-hashes.txt')) {
      const bytes = Buffer.from(base64 ?? '', 'base64')
      assert.equal(checksum(bytes, 0, bytes.length), Number(expected))
    }
  })

  test(`crc32c ${name}: agrees with the portable one on any range, continued at any point`, () => {
    const range = fc
      .tuple(fc.uint8Array({ maxLength: 2000 }), fc.nat(), fc.nat(), fc.nat())
      .map(([bytes, ...cuts]) => ({
        buffer: Buffer.from(bytes),
        cuts: cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b) as [number, number, number],
      }))
    fc.assert(
      fc.property(range, ({ buffer, cuts: [start, middle, end] }) => {
        const whole = checksum(buffer, start, end)
        assert.equal(whole, crc32cPortable(buffer, start, end))
        assert.equal(checksum(buffer, middle, end, checksum(buffer, start, middle)), whole)
      }),
    )
  })
}
