import { describe, it } from 'node:test'
import { makeRandomCalls } from './random-calls.ts'

describe('a hundred thousand calls made from the rows of all operations', () => {
  it('neither make the service fail nor its memory grow', () => makeRandomCalls(100_000))
})
