// Apache Kafka's published jars, by line (`kafka-2.5`, `kafka-3.9`, `kafka-4.x`): fetched by Maven, run, compiled against.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder, interopDir } from './paths.mjs'
import { mustRun } from './programs.mjs'

export const lines = ['kafka-2.5', 'kafka-3.9', 'kafka-4.x']

export function jarsOf(line) {
  return join(interopDir, '.cache', 'jars', line)
}

/** Fetches the jars of a line unless they are there; its pom changed means: again. */
export async function fetchJars(line) {
  const folder = jarsOf(line)
  const pom = join(interopDir, 'apache', line, 'pom.xml')
  const stamp = join(cacheFolder('jars'), `${line}.pom.xml`)
  const wanted = readFileSync(pom, 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  rmSync(folder, { recursive: true, force: true })
  const goal = 'dependency:copy-dependencies'
  const options = ['-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  await mustRun('mvn', ['-q', '-B', '-f', pom, goal, ...options], { timeoutMs: 900_000 })
  writeFileSync(stamp, wanted)
}

/** Arguments of `java` for a program over the jars of a line: quiet logging, quick start. */
export function javaArgs(line, { heapMb = 384, classes = [] } = {}) {
  const logging = join(interopDir, 'apache', 'logging')
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    '-Djava.awt.headless=true',
    `-Dlog4j.configuration=file:${join(logging, 'log4j.properties')}`,
    `-Dlog4j2.configurationFile=${join(logging, 'log4j2.properties')}`,
    '-cp',
    [...classes, join(jarsOf(line), '*')].join(delimiter),
  ]
}

/**
 * Compiles the `.java` files of the given folders against the jars of a line, when one is newer than the last time.
 * Returns the folder of classes.
 */
export async function compileJava(name, line, folders) {
  const classes = cacheFolder('classes', `${name}-${line}`)
  const sources = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((entry) => join(folder, entry)))
    .filter((file) => file.endsWith('.java'))
  const stamp = join(classes, '.sources')
  const wanted = sources.map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`).join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return classes
  const options = ['-nowarn', '-Xlint:none', '-proc:none', '-cp', join(jarsOf(line), '*'), '-d', classes]
  await mustRun('javac', [...options, ...sources])
  writeFileSync(stamp, wanted)
  return classes
}
