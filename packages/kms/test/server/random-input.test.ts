import { describe, it } from 'node:test'
import { makeRandomCalls } from './random-calls.ts'

describe('calls made from the rows of all operations', () => {
  it('never make the service fail: each is answered or refused with a code of AWS', () =>
    makeRandomCalls(1000))
})
