import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { signedHeaders, startTestService } from '../harness.ts'
import { at, callIam, callSts, done, formOf, items, refusedBy, sendForm } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const version = 'Version=2010-05-08'
const send = (body: string) => sendForm(service, 'iam', body)
const malformed = 'SerializationException'

describe('a form', () => {
  it('is read as each client writes it', async () => {
    const bodies = [
      // Space as %20 and as +, a star plain and encoded, keys in any order, hex in either case.
      `Action=CreateUser&${version}&UserName=js&Tags.member.1.Key=a%20b&Tags.member.1.Value=%C3%A4%2B`,
      `Action=CreateUser&UserName=go&Tags.member.1.Key=a+b&Tags.member.1.Value=%c3%a4%2b&${version}`,
      `Tags.member.1.Value=%C3%A4%2B&Tags.member.1.Key=a%20b&UserName=any&${version}&Action=CreateUser`,
    ]
    for (const body of bodies) {
      const user = done(await send(body))
      assert.deepEqual(at(user, 'User', 'Tags'), { member: [{ Key: 'a b', Value: 'ä+' }] })
    }
    const empty = `Action=CreateUser&${version}&UserName=empty&Tags=&Path=%2F~x%2F`
    assert.equal(at(done(await send(empty)), 'User', 'Path'), '/~x/')
    const listed = done(await send(`Action=ListUsers&${version}&PathPrefix=%2F%7Ex%2F`))
    assert.equal(items(listed, 'Users').length, 1)
  })

  it('that could be read in two ways is refused', async () => {
    const start = `Action=GetUser&${version}`
    for (const body of [
      `${start}&UserName=a&UserName=b`,
      `${start}&Action=DeleteUser&UserName=a`,
      `${start}&Version=2010-05-08`,
      `${start}&UserName`,
      `${start}&=a`,
      `${start}&`,
      `&${start}`,
      `${start}&UserName=a=b`,
      `${start}&UserName=%`,
      `${start}&UserName=%4`,
      `${start}&UserName=%zz`,
      `${start}&UserName=%FF`,
      `${start}&UserName=%ED%A0%80`,
      `${start}&UserName=a b`,
      `${start}&UserName=a\nb`,
      `${start}&UserName=ä`,
      `${start}&UserName.member.1=a`,
      `${start}&UserName=a&UserName.x=b`,
      `${start}&${'x'.repeat(257)}=a`,
      `${start}${Array.from({ length: 1000 }, (_, i) => `&x${i}=`).join('')}`,
    ])
      refusedBy(await send(body), malformed)
    const tags = `Action=TagUser&${version}&UserName=a`
    for (const list of [
      'Tags.member.2.Key=a&Tags.member.2.Value=b',
      'Tags.member.0.Key=a&Tags.member.0.Value=b',
      'Tags.member.01.Key=a&Tags.member.01.Value=b',
      'Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.3.Key=a&Tags.member.3.Value=b',
      'Tags.1.Key=a&Tags.1.Value=b',
      'Tags.member.1=a',
      'Tags.Tag.1.Key=a',
      'Tags.member.1.Key.x=a',
      'Tags=a',
      'Tags=&Tags.member.1.Key=a',
    ])
      refusedBy(await send(`${tags}&${list}`), malformed)
    for (const number of ['1.5', '0x1', '1e2', '', 'one', '9999999999999999'])
      refusedBy(await send(`Action=ListUsers&${version}&MaxItems=${number}`), malformed)
    for (const flag of ['True', '1', 'yes'])
      refusedBy(await send(`Action=ListPolicies&${version}&OnlyAttached=${flag}`), malformed)
  })

  it('with a parameter that is unknown or not built is refused', async () => {
    for (const parameter of [
      'Unknown=1',
      'username=a',
      'Tags.member.1.Other=a',
      '__proto__=1',
      'constructor=a',
    ])
      refusedBy(
        await send(`Action=CreateUser&${version}&UserName=x&${parameter}`),
        'UnsupportedOperationException',
        /^The parameter ".+" of CreateUser is not supported by this service\.$/,
      )
  })

  it('never has a value of its own repeated in what is said of its form', async () => {
    const secret = 'secret-value'
    for (const body of [`Action=GetUser&${version}&UserName=${secret}&UserName=b`, `${secret}=%`])
      assert.equal((await send(body)).text.includes(secret), false)
  })
})

describe('an operation', () => {
  it('has to be named, and of the version of its service', async () => {
    refusedBy(await send(version), 'MissingActionException', 'Missing Action')
    for (const [body, text] of [
      [`Action=GetUsers&${version}`, 'Could not find operation GetUsers for version 2010-05-08'],
      [
        'Action=GetUser&Version=2011-06-15',
        'Could not find operation GetUser for version 2011-06-15',
      ],
      ['Action=GetUser', 'Could not find operation GetUser for version NO_VERSION_SPECIFIED'],
      [`Action=toString&${version}`, 'Could not find operation toString for version 2010-05-08'],
      [
        `Action=AssumeRole&${version}`,
        'Could not find operation AssumeRole for version 2010-05-08',
      ],
    ] as const)
      refusedBy(await send(body), 'UnknownOperationException', text)
    refusedBy(await callSts(service, 'GetUser'), 'UnknownOperationException')
  })

  it('is signed for its service and Region', async () => {
    const scoped = /^Credential should be scoped to/
    const valid = 'Credential should be scoped to a valid region.'
    // An SDK that is given an endpoint signs IAM for whatever Region it is set to.
    done(await callIam(service, 'ListUsers', {}, { region: 'eu-central-1' }))
    done(await callSts(service, 'GetCallerIdentity', {}, { region: 'eu-central-1' }))
    for (const call of [
      callIam(service, 'ListUsers', {}, { region: 'mars-north-1' }),
      callSts(service, 'GetCallerIdentity', {}, { region: 'mars-north-1' }),
    ])
      refusedBy(await call, 'InvalidSignatureException', valid)
    refusedBy(
      await callIam(service, 'ListUsers', {}, { service: 's3' }),
      'InvalidSignatureException',
      scoped,
    )
    refusedBy(
      await callIam(service, 'ListUsers', {}, { service: 'sts' }),
      'UnknownOperationException',
    )
  })

  it('of another protocol is refused in the form of the request', async () => {
    const body = formOf('iam', 'ListUsers', {})
    const headers = { 'X-Amz-Target': 'TrentService.ListKeys' }
    const asJson = await sendForm(service, 'iam', body, { headers })
    assert.equal(asJson.type, 'InvalidSignatureException')
    const json = signedHeaders(
      {
        operation: 'ListKeys',
        bytes: Buffer.from(body),
        endpoint: service.endpoint,
        credentials: service.credentials,
        clock: service.clock,
      },
      {
        headers: { 'X-Amz-Target': undefined, 'Content-Type': 'application/x-www-form-urlencoded' },
      },
    )
    assert.equal((await service.send('POST', '/', json, body)).type, malformed)
  })

  it('takes no content type but that of forms', async () => {
    const body = formOf('sts', 'GetCallerIdentity', {})
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded; charset=latin1',
    ])
      refusedBy(
        await sendForm(service, 'sts', body, { headers: { 'Content-Type': type } }),
        malformed,
      )
    for (const type of [
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded; charset=UTF-8',
    ])
      done(await sendForm(service, 'sts', body, { headers: { 'Content-Type': type } }))
  })
})

describe('an answer', () => {
  it('carries every character that XML can', async () => {
    const Description = 'a<b>&"\'\r\n\t\u00a0ÿ]]>'
    const made = await callIam(service, 'CreatePolicy', {
      PolicyName: 'characters',
      PolicyDocument:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}',
      Description,
    })
    const PolicyArn = at(done(made), 'Policy', 'Arn')
    const read = done(await callIam(service, 'GetPolicy', { PolicyArn }))
    assert.equal(at(read, 'Policy', 'Description'), Description)
  })

  it('of an operation without a result has none', async () => {
    done(await callIam(service, 'CreateUser', { UserName: 'gone' }))
    const reply = await callIam(service, 'DeleteUser', { UserName: 'gone' })
    const id = String(reply.headers['x-amzn-requestid'])
    assert.equal(
      reply.text,
      `<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></DeleteUserResponse>`,
    )
  })

  it('that refuses a signature is XML, its code that of the query protocol', async () => {
    const credentials = { ...service.credentials, secretAccessKey: 'wrong' }
    const wrong = await callIam(service, 'ListUsers', {}, { credentials })
    refusedBy(wrong, 'InvalidSignatureException', /^The request signature we calculated/)
    assert.match(wrong.text, /<Code>SignatureDoesNotMatch<\/Code>/)
    const nobody = { ...credentials, accessKeyId: 'AKIANOBODY0000000000' }
    refusedBy(
      await callIam(service, 'ListUsers', {}, { credentials: nobody }),
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    )
    service.clock.advance(600_000)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const unsigned = await service.send('POST', '/', headers, formOf('iam', 'ListUsers', {}))
    refusedBy(unsigned, 'MissingAuthenticationTokenException')
  })
})
