// kafka-features: what 4.0 added to it. The lists of versions grow with each release, so that few of them can be compared.
const features = (...args) => ({ tool: 'kafka-features', args: ['--bootstrap-server', 'BOOTSTRAP', ...args] })
// Ours knows the versions up to 4.3.
const newest = (step) => ({ ...step, stderr: 'different' })

export const steps = [
  features('version-mapping', '--release-version', '3.7-IV4'),
  features('version-mapping', '--release-version', '4.0-IV0'),
  newest(features('version-mapping', '--release-version', '1.0-IV0')),
  features('feature-dependencies', '--feature', 'metadata.version=20'),
  features('feature-dependencies', '--feature', 'kraft.version=1'),
  features('feature-dependencies', '--feature', 'transaction.version=2', '--feature', 'group.version=1'),
  features('feature-dependencies', '--feature', 'no.such=1'),
  features('feature-dependencies', '--feature', 'metadata.version'),
  newest(features('upgrade', '--release-version', 'none')),
  features('upgrade', '--release-version', '3.9-IV0', '--metadata', '3.8-IV0'),
  features('upgrade', '--feature', 'metadata.version=99', '--dry-run'),
]
