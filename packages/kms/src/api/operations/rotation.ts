import {
  expirationModelShape,
  keyIdShape,
  keyMaterialDescriptionShape,
  limit,
  marker,
  materialIdShape,
  nextMarker,
  truncated,
} from '../members.ts'
import { operation, ownKey, sharedKey, stateErrors } from '../operation.ts'
import { flag, integer, listOf, oneOf, optional, required, structure, time } from '../shapes.ts'

const ownKeyId = required(keyIdShape, 'Key id or key ARN.')
const periodShape = integer(90, 2560)

const rotationErrors = [
  ...stateErrors,
  'DisabledException',
  'UnsupportedOperationException',
] as const

export const EnableKeyRotation = operation({
  doc: 'Rotates the material of a symmetric key by itself from now on. What it replaces decrypts on.',
  input: {
    KeyId: ownKeyId,
    RotationPeriodInDays: optional(
      periodShape,
      'Days from now to the first rotation, and from each to the next, 90 to 2560; absent: 365.',
    ),
  },
  output: undefined,
  authorize: [{ action: 'kms:EnableKeyRotation', resource: ownKey('KeyId') }],
  keyState: 'rotatable',
  changes: true,
  audit: ['KeyId', 'RotationPeriodInDays'],
  auditOutput: [],
  errors: rotationErrors,
})

export const DisableKeyRotation = operation({
  doc: 'Ends the automatic rotation of a key. It keeps all the material that it has.',
  input: { KeyId: ownKeyId },
  output: undefined,
  authorize: [{ action: 'kms:DisableKeyRotation', resource: ownKey('KeyId') }],
  keyState: 'rotatable',
  changes: true,
  audit: ['KeyId'],
  auditOutput: [],
  errors: rotationErrors,
})

export const GetKeyRotationStatus = operation({
  doc: 'Tells whether the material of a key is rotated automatically, and when next.',
  input: { KeyId: required(keyIdShape, 'Key id or key ARN.') },
  output: {
    KeyRotationEnabled: required(flag, 'Whether automatic rotation is on.'),
    KeyId: required(keyIdShape, 'ARN of the key.'),
    RotationPeriodInDays: optional(periodShape, 'Days from one rotation to the next.'),
    NextRotationDate: optional(time, 'When the next automatic rotation is due.'),
    OnDemandRotationStartDate: optional(time, 'When a rotation that is under way began.'),
  },
  authorize: [{ action: 'kms:GetKeyRotationStatus', resource: sharedKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId'],
  auditOutput: [],
  errors: [...stateErrors, 'UnsupportedOperationException'],
})

export const RotateKeyOnDemand = operation({
  doc: 'Gives a symmetric key new material at once, whether or not it is rotated automatically too.',
  input: { KeyId: ownKeyId },
  output: { KeyId: required(keyIdShape, 'ARN of the key.') },
  authorize: [{ action: 'kms:RotateKeyOnDemand', resource: ownKey('KeyId') }],
  keyState: 'enabled',
  changes: true,
  audit: ['KeyId'],
  auditOutput: ['KeyId'],
  errors: [...rotationErrors, 'LimitExceededException', 'ConflictException'],
})

export const ListKeyRotations = operation({
  doc: 'Lists when the material of a key was rotated, or all of its material, the oldest first.',
  input: {
    KeyId: ownKeyId,
    IncludeKeyMaterial: optional(
      oneOf(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']),
      'ALL_KEY_MATERIAL: the first material too, and what waits for its rotation.',
    ),
    Limit: limit,
    Marker: marker,
  },
  output: {
    Rotations: required(
      listOf(
        structure({
          KeyId: required(keyIdShape, 'The bare id of the key.'),
          KeyMaterialId: required(materialIdShape, 'Id of the material.'),
          KeyMaterialDescription: optional(
            keyMaterialDescriptionShape,
            'What the importer wrote about it.',
          ),
          ImportState: optional(
            oneOf(['IMPORTED', 'PENDING_IMPORT']),
            'Whether imported material is there.',
          ),
          KeyMaterialState: required(
            oneOf([
              'NON_CURRENT',
              'CURRENT',
              'PENDING_ROTATION',
              'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
            ]),
            'CURRENT encrypts, NON_CURRENT decrypts, the others wait for their rotation.',
          ),
          ExpirationModel: optional(expirationModelShape, 'Whether imported material expires.'),
          ValidTo: optional(time, 'When imported material expires.'),
          RotationDate: optional(time, 'When it became the material of the key.'),
          RotationType: optional(oneOf(['AUTOMATIC', 'ON_DEMAND']), 'What made it so.'),
        }),
      ),
      'The rotations, or all material.',
    ),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:ListKeyRotations', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId', 'IncludeKeyMaterial', 'Limit', 'Marker'],
  auditOutput: [],
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'InvalidMarkerException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'UnsupportedOperationException',
  ],
})
