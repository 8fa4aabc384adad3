/** `millrace doctor`: looks at a cluster as a client does, from bootstrap to produce, and says what is wrong. */
import { KafkaAdminClient } from '@millrace/client'
import { clientSettings, clusterOptions } from '../command-line/client-settings.js'
import { flag, integer } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool } from '../command-line/tool.js'
import { checkClock, checkDisks, checkPartitions, checkVersions } from './doctor/cluster-checks.js'
import { checkAddresses, checkAdvertised } from './doctor/connection-checks.js'
import type { Finding, Patient } from './doctor/finding.js'

const options = {
  ...clusterOptions,
  ...outputOption,
  'timeout-ms': integer('ms', 'How long each broker may take to answer.', 5000),
  write: flag('Also write a record, to a topic that is deleted afterwards: it tells the brokers’ clock exactly.'),
} as const

export const doctor = defineTool({
  name: 'doctor',
  summary: 'Looks at a cluster as a client does, and says what is wrong. Exit code 1: something is.',
  options,
  async run({ options: values, print, complain }) {
    const bootstrap = values['bootstrap-server'] ?? 'localhost:9092'
    const settingsFor = (address: string) =>
      clientSettings(
        'admin',
        { file: values['command-config'], fixed: { 'bootstrap.servers': address } },
        // Said once is enough.
        address === bootstrap ? complain : () => {},
      )
    const findings: Finding[] = []
    const report = (finding: Finding) => {
      findings.push(finding)
      if (values.output === 'text') print(`${labels[finding.level]}  ${finding.text}`)
    }
    await using admin = new KafkaAdminClient(settingsFor(bootstrap))
    const timeoutMs = values['timeout-ms']
    const patient: Patient = { admin, settingsFor, timeoutMs, report }
    if (await checkAddresses(patient, bootstrap)) {
      const nodes = await checkAdvertised(patient, bootstrap)
      await checkVersions(patient, nodes)
      await checkPartitions(patient)
      await checkDisks(patient, nodes)
      await checkClock(patient, { writes: values.write, bootstrap })
    }
    if (values.output === 'json') print(json(findings))
    return findings.some(({ level }) => level === 'problem') ? 1 : 0
  },
})

const labels: Readonly<Record<Finding['level'], string>> = {
  ok: 'ok      ',
  warning: 'warning ',
  problem: 'PROBLEM ',
}
