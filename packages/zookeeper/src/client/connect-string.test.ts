import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectStringError, parseConnectString } from './connect-string.js'

const good: readonly [string, readonly string[], string][] = [
  ['localhost', ['localhost 2181'], '/'],
  ['a:1,b:2/kafka/one', ['a 1', 'b 2'], '/kafka/one'],
  ['a:1, b , [::1]:3', ['a 1', 'b 2181', '::1 3'], '/'],
  ['127.0.0.1:2181/', ['127.0.0.1 2181'], '/'],
]
for (const [text, servers, chroot] of good) {
  test(`${text} is a connect string`, () => {
    const parsed = parseConnectString(text)
    assert.deepEqual(
      parsed.servers.map(({ host, port }) => `${host} ${port}`),
      servers,
    )
    assert.equal(parsed.chroot, chroot)
  })
}

for (const text of ['', '/kafka', 'a:0', 'a:65536', 'a:x', 'a:1/kafka/', 'a:1//b', 'a:1:2', ',']) {
  test(`${JSON.stringify(text)} is none`, () => {
    assert.throws(() => parseConnectString(text), ConnectStringError)
  })
}
