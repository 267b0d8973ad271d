import { lifecyclesHold } from './lifecycle/lives.ts'

lifecyclesHold({ inMemory: 4000, inSqlite: 1000 })
