import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorStatus } from '../../src/api/errors.ts'
import { operations } from '../../src/api/operations.ts'
import { type Model, readModel, testRows } from './model.ts'

const model = readModel('kms-model.json') as Model

describe('the declared operations against the model of the API', () => {
  test('every operation of the model is declared, and no other', () => {
    assert.deepEqual(Object.keys(operations).sort(), Object.keys(model.operations).sort())
  })

  test('every error of the model has a status', () => {
    for (const code of model.errors) assert(Object.hasOwn(errorStatus, code), code)
  })

  testRows(operations, model)
})
