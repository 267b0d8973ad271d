import { lifecyclesHold } from './lifecycle/lives.ts'

lifecyclesHold({ inMemory: 120, inSqlite: 40 })
