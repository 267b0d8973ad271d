import { storeContract } from './contract.ts'
import { memoryPlace, sqlitePlace } from './places.ts'

storeContract('memory', memoryPlace)
storeContract('SQLite', sqlitePlace)
