// Apache's Java clients 2.5, 3.9 and 4.x: one program, compiled against each. src/ is what all have; the other folders
// hold what some versions lack or shape differently. Producer (idempotent, every codec), consumer groups (eager,
// cooperative, static), reading by offset and time, the admin client, transactions or their refusal.
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { compileJava, javaArgs } from '../lib/java.mjs'

const broker = await brokerForFile({ after })
const editions = {
  'kafka-2.5': ['src', 'only-2.5', 'before-4'],
  'kafka-3.9': ['src', 'since-3', 'before-4'],
  'kafka-4.x': ['src', 'since-3', 'since-4'],
}

for (const [line, folders] of Object.entries(editions)) {
  testProgram(`Java clients of ${line}`, async () => {
    const sources = folders.map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    const classes = await compileJava('java-clients', line, sources)
    const prefix = line.replace('kafka-', 'java-')
    return {
      command: 'java',
      args: [...javaArgs(line, { classes: [classes] }), 'Main', broker.bootstrap, prefix, target],
    }
  })
}
