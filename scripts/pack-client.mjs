// What `npm pack` (or `npm publish`) of packages/client runs before and after: node scripts/run.cjs pack-client prepare|restore
// Users install that package alone, so it holds the code of @millrace/net and @millrace/protocol, and its package.json
// names neither (docs/decisions/081-client-package.md). npm packs the package.json that it finds: `prepare` puts the
// published one in its place, `restore` puts the workspace's back.
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

const packageDir = join(root, 'packages', 'client')
const manifestFile = join(packageDir, 'package.json')
/** Is there while the published package.json is in place: that of the workspace, and a copy of the published one. */
const swapDir = join(root, '.millrace', 'pack-client')
const workspaceFile = join(swapDir, 'workspace.json')
const publishedFile = join(swapDir, 'published.json')
const inlined = ['net', 'protocol']

// Options of the npm that runs this are not meant for the `npm ci` that a fresh clone needs.
for (const option of ['dry_run', 'json', 'workspace', 'workspaces', 'omit', 'ignore_scripts']) {
  delete process.env[`npm_config_${option}`]
}

const step = process.argv[3]
if (step === 'prepare') await prepare()
else if (step === 'restore') restore()
else throw new Error(`pack-client takes prepare or restore, not ${step}.`)

async function prepare() {
  restore() // An earlier one may have been interrupted.
  await setup()
  const { writeClientFiles } = await import('./client-files.mjs')
  await writeClientFiles(packageDir)
  const published = JSON.stringify(publishedManifest(JSON.parse(readFileSync(manifestFile, 'utf8'))), null, 2)
  const nextFile = `${manifestFile}.next`
  mkdirSync(swapDir, { recursive: true })
  for (const file of [publishedFile, nextFile]) writeFileSync(file, `${published}\n`)
  // The file itself is kept, with its time: the build looks at that.
  linkSync(manifestFile, workspaceFile)
  renameSync(nextFile, manifestFile)
}

/** Does nothing when the package.json has been put right, or changed, by somebody else meanwhile. */
function restore() {
  if (existsSync(workspaceFile) && readFileSync(manifestFile, 'utf8') === readFileSync(publishedFile, 'utf8')) {
    renameSync(workspaceFile, manifestFile)
  }
  rmSync(swapDir, { recursive: true, force: true })
}

/**
 * CommonJS is the one that runs in Node, Bun and Deno, however it is loaded: a class is then the same class for `require` and
 * `import`, and test runners that know no ES modules load it too. Bundlers take the ES module, of which they keep what is used.
 */
function publishedManifest({ name, version, description, license, engines, keywords }) {
  return {
    name,
    version,
    description,
    keywords,
    license,
    type: 'commonjs',
    engines,
    main: './dist/client.cjs',
    types: './dist/types/client/index.d.ts',
    exports: {
      '.': {
        types: { import: './dist/index.d.mts', default: './dist/types/client/index.d.ts' },
        module: './dist/client.mjs',
        import: './dist/index.mjs',
        default: './dist/client.cjs',
      },
    },
    sideEffects: false,
    files: ['dist/client.*js', 'dist/index.[cm]js', 'dist/index.d.mts', 'dist/types', 'THIRD-PARTY-LICENSES'],
    optionalDependencies: Object.assign({}, ...inlined.map((folder) => manifestOf(folder).optionalDependencies)),
  }
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
}
