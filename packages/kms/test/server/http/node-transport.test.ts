import { globSync } from 'node:fs'
import { useTransport } from './wire.ts'

// All that holds for the listener holds where `node:http` reads its requests, the fallback and the
// measure: what the two do differently would be a fault of one of them.
useTransport('node')
for (const name of globSync('*.test.ts', { cwd: import.meta.dirname }))
  if (name !== 'node-transport.test.ts') await import(`./${name}`)
