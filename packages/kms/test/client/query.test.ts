import assert from 'node:assert/strict'
import test from 'node:test'
import { iam } from '../../src/api/iam.ts'
import type { ServiceError } from '../../src/client/errors.ts'
import { queryProtocol } from '../../src/client/query-protocol.ts'
import { parseXml } from '../../src/client/xml.ts'

const protocol = queryProtocol(iam)

const answer = (text: string, status = 200) => ({
  status,
  headers: { 'x-amzn-requestid': 'r-header' },
  body: new TextEncoder().encode(text),
})

const faultOf = (text: string, status: number): ServiceError => {
  try {
    protocol.read('GetUser', answer(text, status))
  } catch (error) {
    return error as ServiceError
  }
  throw new Error('it was read as an answer')
}

test('an input becomes a form: lists are counted, an empty one is a name alone', () => {
  const { headers, body } = protocol.encode('TagUser', {
    UserName: 'a b&c=d',
    Tags: [{ Key: 'k', Value: '' }, { Key: 'é' }],
    TagKeys: [],
    SetAsDefault: true,
    MaxItems: 3,
    Absent: undefined,
  })
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded; charset=utf-8')
  assert.equal(
    new TextDecoder().decode(body),
    'Action=TagUser&Version=2010-05-08&UserName=a%20b%26c%3Dd&Tags.member.1.Key=k&' +
      'Tags.member.1.Value=&Tags.member.2.Key=%C3%A9&TagKeys=&SetAsDefault=true&MaxItems=3',
  )
})

test('an answer becomes JSON by the shapes of its row', () => {
  const read = protocol.read(
    'ListUsers',
    answer(
      '<?xml version="1.0"?>\n<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
        '<ListUsersResult>\n  <IsTruncated>true</IsTruncated><Marker>a&amp;b</Marker>' +
        '<Users><member><Path>/</Path><UserName>x &lt;&#x79;&#122;&gt;</UserName>' +
        '<CreateDate>2026-11-24T00:19:59Z</CreateDate><Unknown><a/></Unknown></member><member/></Users>' +
        '</ListUsersResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>' +
        '</ListUsersResponse>',
    ),
  )
  assert.deepEqual(read, {
    Users: [
      { Path: '/', UserName: 'x <yz>', CreateDate: Date.UTC(2026, 10, 24, 0, 19, 59) / 1000 },
      {},
    ],
    IsTruncated: true,
    Marker: 'a&b',
  })
})

test('a map of numbers is read as one, and an answer without a result as an empty one', () => {
  const summary = protocol.read(
    'GetAccountSummary',
    answer(
      '<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>' +
        '<entry><key>Users</key><value>27</value></entry></SummaryMap>' +
        '</GetAccountSummaryResult></GetAccountSummaryResponse>',
    ),
  )
  assert.deepEqual(summary, { SummaryMap: { Users: 27 } })
  assert.deepEqual(protocol.read('DeleteUser', answer('<DeleteUserResponse/>')), {})
})

test('a fault is read from XML, or from the JSON of a server that had to refuse unread', () => {
  const xml = faultOf(
    '<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>m &quot;n&quot;' +
      '</Message></Error><RequestId>r-body</RequestId></ErrorResponse>',
    404,
  )
  assert.deepEqual(
    [xml.code, xml.message, xml.status, xml.requestId],
    ['NoSuchEntity', 'm "n"', 404, 'r-body'],
  )
  const json = faultOf('{"__type":"ThrottlingException","message":"t"}', 400)
  assert.deepEqual(
    [json.code, json.message, json.requestId],
    ['ThrottlingException', 't', 'r-header'],
  )
  assert.equal(faultOf('<html>', 502).code, '502')
  assert.equal(faultOf('<OtherResponse/>', 200).code, '200')
})

test('what is no XML is not taken for it', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<a'.repeat(9),
    '<a>'.repeat(100) + '</a>'.repeat(100),
  ])
    assert.equal(parseXml(text), undefined, text)
  assert.deepEqual(parseXml('<a b="c">&unknown;&#9999999;</a>')?.text, '&unknown;&#9999999;')
})
