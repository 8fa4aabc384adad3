const startedAt = performance.now()
await import('@millrace/client')
console.log(performance.now() - startedAt)
