import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DURABILITY_SETTINGS, runDurability } from './durability.fuzz.js'

/** Histories of each setting: a few in every test run, thousands with MILLRACE_SEEDS=1000. */
const seeds = Number(process.env['MILLRACE_SEEDS'] ?? 40)
const firstSeed = Number(process.env['MILLRACE_FIRST_SEED'] ?? 1)

for (const setting of DURABILITY_SETTINGS) {
  test(`power cuts with ${setting.name}: ${seeds} histories lose no more than they may`, async () => {
    let powerCuts = 0
    let lostRecords = 0
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      const result = await runDurability(setting, seed).catch((error: unknown) => {
        throw new Error(`MILLRACE_FIRST_SEED=${seed}: ${String(error)}`, { cause: error })
      })
      powerCuts += result.powerCuts
      lostRecords += result.lostRecords
    }
    assert.ok(powerCuts >= seeds)
    // What is allowed to be lost is lost now and then: else the simulation would show nothing.
    assert.equal(lostRecords > 0, setting.lossRecords > 0, `${lostRecords} records were lost`)
  })
}
