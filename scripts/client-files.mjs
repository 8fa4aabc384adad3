// The files of the published client, made from what `tsc -b` has compiled: its code in one file, once as CommonJS and once as an
// ES module, and the declarations that are reachable from its entry.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './setup.mjs'

const workspacePackage = /^@millrace\/(.+)$/

/** Writes them into the `dist` of the package in `packageDir`. */
export async function writeClientFiles(packageDir) {
  const dist = join(packageDir, 'dist')
  const names = (await bundle(join(dist, 'index.js'), dist)).map((name) => `  ${name},\n`)
  writeFileSync(
    join(dist, 'index.mjs'),
    `import client from './index.cjs'\n\nexport const {\n${names.join('')}} = client\n`,
  )
  // Node searches a CommonJS file that an ES module imports for names, which takes longer than to run it. Here is one to search.
  writeFileSync(join(dist, 'index.cjs'), "const client = require('./client.cjs')\n\nmodule.exports = client\n")
  writeDeclarations(join(dist, 'index.d.ts'), join(dist, 'types'))
  writeFileSync(join(dist, 'index.d.mts'), "export * from './types/client/index.js'\n")
}

/** Answers the names that the entry exports. */
async function bundle(entry, outdir) {
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    // Each byte of source is two of memory. Names are kept, and lines short enough for the traces of errors.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    logLevel: 'warning',
    plugins: [zstdInside],
  }
  const client = { in: entry, out: 'client' }
  await build({
    ...common,
    entryPoints: [client],
    outdir,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.url': '__filename' },
  })
  const { metafile } = await build({
    ...common,
    entryPoints: [client],
    outdir,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    metafile: true,
  })
  const [{ exports }] = Object.values(metafile.outputs)
  return exports.sort()
}

/**
 * Puts zstd's WebAssembly and its glue, which the workspace reads from files of @bokuweb/zstd-wasm, into the bundle, where they
 * survive any further bundling. The glue is a function body: each call makes it anew.
 */
const zstdInside = {
  name: 'zstd-inside',
  setup({ onLoad }) {
    onLoad({ filter: /zstd-glue\.js$/ }, () => {
      const require = createRequire(join(root, 'packages', 'protocol', 'package.json'))
      const folder = dirname(require.resolve('@bokuweb/zstd-wasm'))
      const wasm = readFileSync(join(folder, 'zstd.wasm'))
      const glue = readFileSync(join(folder, 'zstd.js'), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
      const compressed = brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length } })
      return {
        contents: `
          export function readZstdWasm() {
            const { brotliDecompressSync } = process.getBuiltinModule('node:zlib')
            return brotliDecompressSync(Buffer.from('${compressed.toString('base64')}', 'base64'))
          }
          export function newZstdGlue() {
            const files = {}
            makeGlue(files)
            return files.Module
          }
          function makeGlue(exports) {
            ${glue}
          }`,
      }
    })
  },
}

/** Copies what `entry` reaches to `target`, a folder for each package, whose names become relative paths. */
function writeDeclarations(entry, target) {
  rmSync(target, { recursive: true, force: true })
  const waiting = [entry]
  const seen = new Set(waiting)
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const output = join(target, publishedPath(file))
    const text = readFileSync(file, 'utf8')
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
      // What the compiler infers has the default written out, which compilers before 5.7 do not know.
      .replaceAll(/\b(Buffer|Uint8Array)<ArrayBufferLike>/g, '$1')
      .replaceAll(/((?:from|import) ?\(?)(['"])(\.[^'"]*|@millrace\/[^'"]*)\2/g, (_, keyword, quote, specifier) => {
        const imported = declarationOf(specifier, file)
        if (!seen.has(imported)) waiting.push(imported)
        seen.add(imported)
        return `${keyword}${quote}${specifierBetween(output, join(target, publishedPath(imported)))}${quote}`
      })
    mkdirSync(dirname(output), { recursive: true })
    // Streams, sockets and symbols of Node are in the signatures.
    writeFileSync(output, file === entry ? `/// <reference types="node" />\n${text}` : text)
  }
}

function declarationOf(specifier, from) {
  const [, name] = workspacePackage.exec(specifier) ?? []
  if (name !== undefined) return join(root, 'packages', name, 'dist', 'index.d.ts')
  return join(dirname(from), specifier.replace(/\.js$/, '.d.ts'))
}

/** packages/net/dist/backoff.d.ts is net/backoff.d.ts. */
function publishedPath(file) {
  const [name, , ...rest] = relative(join(root, 'packages'), file).split(sep)
  return join(name, ...rest)
}

function specifierBetween(from, to) {
  const path = relative(dirname(from), to)
    .split(sep)
    .join('/')
    .replace(/\.d\.ts$/, '.js')
  return path.startsWith('.') ? path : `./${path}`
}
