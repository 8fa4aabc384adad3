#!/usr/bin/env node
/** The command lines of an installed package, by the name that they are called by; or `node dist/main.js kafka-topics …`. */
import { basename } from 'node:path'
import { runTool, toolNames } from './index.js'

const called = basename(process.argv[1] ?? '').replace(/\.(sh|cmd|js)$/, '')
const args = process.argv.slice(2)
if (toolNames.includes(called)) await runTool(called, args)
else await runTool(args[0] ?? '', args.slice(1))
