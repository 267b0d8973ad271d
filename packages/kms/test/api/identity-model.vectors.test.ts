import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ErrorCode } from '../../src/api/errors.ts'
import { iam } from '../../src/api/iam.ts'
import { queryFault } from '../../src/api/query/errors.ts'
import { sts } from '../../src/api/sts.ts'
import { type Model, readModel, testRows } from './model.ts'

type QueryModel = Omit<Model, 'errors'> & {
  readonly apiVersion: string
  readonly xmlNamespace: string
}

const models = readModel('iam-model.json') as { readonly iam: QueryModel; readonly sts: QueryModel }

for (const service of [iam, sts]) {
  const model = models[service.name]

  describe(`the declared operations of ${service.name} against its model`, () => {
    test('every operation of the model is declared, and no other', () => {
      assert.deepEqual(Object.keys(service.operations).sort(), Object.keys(model.operations).sort())
    })

    test('version and namespace are those of the model', () => {
      assert.equal(service.apiVersion, model.apiVersion)
      assert.equal(service.namespace, model.xmlNamespace)
    })

    test('every error has the wire code and status of the model', () => {
      for (const [name, { error }] of Object.entries(model.shapes)) {
        if (error === undefined) continue
        const { code, status } = queryFault({ code: name as ErrorCode, message: '' })
        assert.deepEqual([code, status], [error.code, error.httpStatusCode], name)
      }
    })

    testRows(service.operations, model)
  })
}
