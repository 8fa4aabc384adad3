// Says in one sentence that this Node is too old. Plain syntax only: an old Node must be able to read this file.
var parts = process.versions.node.split('.').map(Number)
if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19)) {
  console.error(`Millrace needs Node.js 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
