import { runningBrokers } from './running-brokers.js'

/** `kafka-server-stop`: asks every broker that this user runs on this machine to shut down cleanly. */
export function kafkaServerStop(): Promise<void> {
  const pids = runningBrokers()
  if (pids.length === 0) {
    console.error('No kafka server to stop')
    process.exitCode = 1
  }
  for (const pid of pids) process.kill(pid, 'SIGTERM')
  return Promise.resolve()
}
