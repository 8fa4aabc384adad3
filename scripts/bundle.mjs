// Puts the command-line tools, with all that they import, into a few files: Node then opens those at a start instead of
// five hundred, which takes half of the time away (docs/decisions/050-one-file-to-start.md). Packages are published as they
// are; only what is started from a clone runs from here.
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundleFile, root } from './setup.mjs'

/** A worker is started by the name of its file beside whoever starts it. */
const entryPoints = {
  tools: join(root, 'packages/tools/dist/index.js'),
  'zookeeper-worker': join(root, 'packages/zookeeper/dist/thread/zookeeper-worker.js'),
  'batch-check-worker': join(root, 'packages/log/dist/checking/batch-check-worker.js'),
}
const outdir = dirname(bundleFile)
rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  // Native code and WebAssembly are found beside their packages when they are first used.
  external: ['@node-rs/crc32', 'snappy', 'lz4-napi', '@bokuweb/zstd-wasm'],
  // What CommonJS packages require of Node.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
})
