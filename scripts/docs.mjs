// Writes the pages of docs/ that are made from code: npm run docs
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

await setup()
const { configurationPage } = await import('../packages/broker/dist/config/docs/configuration-page.js')
writeFileSync(join(root, 'docs', 'CONFIGURATION.md'), configurationPage())
const { clientConfigurationPage } = await import('../packages/client/dist/config/docs/client-configuration-page.js')
writeFileSync(join(root, 'docs', 'CLIENT-CONFIGURATION.md'), clientConfigurationPage())
const { toolsPage } = await import('../packages/tools/dist/docs/tools-page.js')
writeFileSync(join(root, 'docs', 'TOOLS.md'), await toolsPage())
