// Says how each case of this process went, as JSON, a line each: `{ title, passed, detail }`. With `--dry-run` it lists
// the cases instead.
//
// librdkafka sometimes never comes back from closing a consumer with a fetch in flight (with any broker), and then keeps
// the process from ending as well. By then the case is through: its process is not waited for.
const { writeSync } = require('node:fs')

const closingMs = 5000

class CaseReporter {
  constructor(runner) {
    const report = (test, passed, detail = '') => {
      writeSync(1, `${JSON.stringify({ title: test.fullTitle(), passed, detail })}\n`)
    }
    const end = () => process.kill(process.pid, 'SIGKILL')
    let closing
    runner.on('test', () => clearTimeout(closing))
    runner.on('pass', (test) => {
      report(test, true)
      closing = setTimeout(end, closingMs)
    })
    runner.on('pending', (test) => report(test, false, 'it skipped itself'))
    runner.on('fail', (test, error) => report(test, false, String(error.stack ?? error)))
    runner.on('end', end)
  }
}

module.exports = CaseReporter
