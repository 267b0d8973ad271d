import assert from 'node:assert/strict'
import * as iam from '@aws-sdk/client-iam'
import { account, uuid } from '../setting.mjs'
import { iamOf, root } from './scene.mjs'

export const arnOf = (rest) => `arn:aws:iam::${account}:${rest}`

/** The operations that have been seen to succeed, and to be refused to whoever has no permission. */
export const done = new Set()
export const refused = new Set()

const send = async (name, input, by) => {
  const { $metadata, ...output } = await by.send(new iam[`${name}Command`](input))
  assert.equal($metadata.httpStatusCode, 200)
  assert.match($metadata.requestId, uuid)
  return output
}

const keysOf = ({ AccessKey }) => ({
  accessKeyId: AccessKey.AccessKeyId,
  secretAccessKey: AccessKey.SecretAccessKey,
})

/** Makes a user and a key of it; resolves to the credentials. */
export const newUser = async (UserName, Policy) => {
  await send('CreateUser', { UserName }, root)
  if (Policy !== undefined)
    await send('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument: Policy }, root)
  return keysOf(await send('CreateAccessKey', { UserName }, root))
}

let madeNobody
const nobody = () => (madeNobody ??= newUser('nobody').then(iamOf))

/** What a user says of himself without permission: nothing. */
const denial = new RegExp(
  `^User: arn:aws:iam::${account}:user/nobody is not authorized to perform: iam:\\w+ on resource: ` +
    '(arn:aws:iam::|access key |user |\\*).* because no identity-based policy allows the iam:\\w+ action$',
)

/** Who has no permission is refused, whatever there is. */
export const denied = async (name, input) => {
  await assert.rejects(send(name, input, await nobody()), (error) => {
    assert.equal(error.name, 'AccessDenied', `${name}: ${error.message}`)
    assert.equal(error.$metadata.httpStatusCode, 403)
    assert.match(error.message, denial)
    return true
  })
  refused.add(name)
}

/** Calls as root what somebody without permission was refused just before. */
export const call = async (name, input = {}) => {
  await denied(name, input)
  const output = await send(name, input, root)
  done.add(name)
  return output
}

/** The fault that root meets: its class, its code on the wire, and its text. */
export const fails = async (name, input, type, message) => {
  const error = await send(name, input, root).then(
    () => assert.fail(`${name} succeeded`),
    (thrown) => thrown,
  )
  assert.equal(error.name, type, error.message)
  if (iam[type] !== undefined) assert.ok(error instanceof iam[type], 'it is of the typed class')
  if (message instanceof RegExp) assert.match(error.message, message)
  else assert.equal(error.message, message)
}

export const policyOf = (Action, Resource = '*', more = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
  })

export const trustOf = (Principal, more = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more }],
  })
