const startedAt = performance.now()
require('@millrace/client')
console.log(performance.now() - startedAt)
