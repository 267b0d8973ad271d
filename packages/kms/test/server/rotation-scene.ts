import { after } from 'node:test'
import { type KeyMetadata, succeeded, succeededEmpty } from './expect.ts'
import { type Answer, startTestService, type TestService } from './harness.ts'

/** What the log says when keys were rotated. */
export const done = 'keys rotated'

/** What GetKeyRotationStatus says of a key whose rotation is off, or on. */
export const off = (Arn: string): Answer => ({ KeyRotationEnabled: false, KeyId: Arn })
export const on = (Arn: string, days: number, next: number): Answer => ({
  KeyRotationEnabled: true,
  KeyId: Arn,
  RotationPeriodInDays: days,
  NextRotationDate: next / 1000,
})

export type Entry = {
  readonly KeyMaterialId: string
  readonly KeyMaterialState: string
  readonly RotationDate?: number
  readonly RotationType?: string
}

/** Members of ListKeyRotations that ask for all material. */
export const all = { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }

/** A service for all tests of a file, and what rotates keys of it, or of another, and looks. */
export const openRotationScene = async () => {
  const service = await startTestService()
  after(() => service[Symbol.asyncDispose]())
  const { call } = service

  const status = async (KeyId: string, by: TestService = service): Promise<Answer> =>
    succeeded(await by.call('GetKeyRotationStatus', { KeyId }))

  const rotations = async (
    KeyId: string,
    more: object = {},
    by: TestService = service,
  ): Promise<readonly Entry[]> =>
    succeeded(await by.call('ListKeyRotations', { KeyId, ...more }))['Rotations'] as Entry[]

  const described = async (KeyId: string, by: TestService = service): Promise<KeyMetadata> =>
    succeeded(await by.call('DescribeKey', { KeyId }))['KeyMetadata'] as KeyMetadata
  const materialId = async (KeyId: string, by: TestService = service): Promise<string> =>
    String((await described(KeyId, by))['CurrentKeyMaterialId'])

  const enable = async (
    KeyId: string,
    RotationPeriodInDays?: number,
    by = service,
  ): Promise<void> =>
    succeededEmpty(await by.call('EnableKeyRotation', { KeyId, RotationPeriodInDays }))
  const rotate = async (KeyId: string, by: TestService = service): Promise<Answer> =>
    succeeded(await by.call('RotateKeyOnDemand', { KeyId }))

  return { service, call, status, rotations, described, materialId, enable, rotate }
}
