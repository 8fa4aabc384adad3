// Starts a program of this folder: node scripts/run.cjs start [ARGUMENT ...]. The program finds its arguments from
// process.argv[3] on.
//
// CommonJS, and plain enough for an old Node to read: it says in one sentence that the Node is too old, and sets the size
// of libuv's thread pool while there is none yet (loading an ES module makes it).
var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  // biome-ignore lint/style/useTemplate: an old Node must be able to read this.
  console.error('Millrace needs Node.js 20.19 or newer; this is ' + process.versions.node + '.')
  process.exit(1)
}
// Files are read, written and synced in the pool: one slow disk must not hold up the others.
process.env.UV_THREADPOOL_SIZE = process.env.UV_THREADPOOL_SIZE || '16'
void import(`./${process.argv[2]}.mjs`)
