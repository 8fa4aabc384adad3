import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaDate } from './java-date.js'

const winter = Date.UTC(2024, 0, 5, 23, 4, 9)
const summer = Date.UTC(2024, 6, 1, 0, 0, 0)

const table: readonly (readonly [number, string, string])[] = [
  [0, 'UTC', 'Thu Jan 01 00:00:00 UTC 1970'],
  [winter, 'UTC', 'Fri Jan 05 23:04:09 UTC 2024'],
  [winter, 'Europe/Berlin', 'Sat Jan 06 00:04:09 CET 2024'],
  [summer, 'Europe/Berlin', 'Mon Jul 01 02:00:00 CEST 2024'],
  [summer, 'Europe/London', 'Mon Jul 01 01:00:00 BST 2024'],
  [winter, 'Europe/London', 'Fri Jan 05 23:04:09 GMT 2024'],
  [winter, 'America/New_York', 'Fri Jan 05 18:04:09 EST 2024'],
  [summer, 'America/Los_Angeles', 'Sun Jun 30 17:00:00 PDT 2024'],
  [winter, 'Asia/Kolkata', 'Sat Jan 06 04:34:09 IST 2024'],
  [winter, 'Asia/Tokyo', 'Sat Jan 06 08:04:09 JST 2024'],
  [winter, 'Australia/Sydney', 'Sat Jan 06 10:04:09 AEDT 2024'],
  [winter, 'Europe/Moscow', 'Sat Jan 06 02:04:09 MSK 2024'],
]

for (const [timeMs, zone, text] of table) {
  test(`date in ${zone}: ${text}`, () => assert.equal(javaDate(timeMs, zone), text))
}
