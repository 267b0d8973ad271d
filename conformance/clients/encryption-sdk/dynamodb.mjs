/**
 * The part of DynamoDB that key stores of branch keys use, in memory, over HTTP on loopback: AWS's
 * SDKs keep branch keys nowhere else. Signatures are not looked at; what is stored is wrapped.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'

class Refusal extends Error {
  constructor(name, message, more = {}) {
    super(message)
    this.body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...more }
  }
}

const nameOf = (key) => JSON.stringify([key['branch-key-id'].S, key.type.S])

/** The conditions that key stores put: a record is there already, or not, or is still as it was. */
const isMet = (item, { ConditionExpression: condition, ...put }) => {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = put
  if (condition === undefined) return true
  return condition.split(' AND ').every((clause) => {
    const [, not, name] = /^attribute_(not_)?exists\s*\((#\w+)\)$/.exec(clause) ?? []
    if (names[name] === 'branch-key-id') return (item === undefined) === (not !== undefined)
    const [, attribute, value] = /^(#\w+) = (:\w+)$/.exec(clause) ?? []
    if (attribute !== undefined) return isDeepStrictEqual(item?.[names[attribute]], values[value])
    throw new Refusal('ValidationException', `this stand-in does not know ${clause}`)
  })
}

const operationsOn = (items) => ({
  GetItem: ({ Key }) => {
    const Item = items.get(nameOf(Key))
    return Item === undefined ? {} : { Item }
  },
  TransactWriteItems: ({ TransactItems }) => {
    const puts = TransactItems.map(({ Put }) => Put)
    const reasons = puts.map((put) => ({
      Code: isMet(items.get(nameOf(put.Item)), put) ? 'None' : 'ConditionalCheckFailed',
    }))
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw new Refusal('TransactionCanceledException', 'a condition was not met', {
        CancellationReasons: reasons,
      })
    for (const { Item } of puts) items.set(nameOf(Item), Item)
    return {}
  },
})

const answer = async (request, operations) => {
  const name = request.headers['x-amz-target']?.replace(/^DynamoDB_20120810\./, '')
  const input = await json(request)
  try {
    if (!Object.hasOwn(operations, name))
      throw new Refusal('UnknownOperationException', `this stand-in does not know ${name}`)
    return { status: 200, body: operations[name](input) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: 400, body: error.body }
  }
}

/** Starts it with one table, whatever the table's name; `items` are what is in it. */
export const openTable = async () => {
  const items = new Map()
  const operations = operationsOn(items)
  const server = createServer((request, response) => {
    const reply = ({ status, body }) => {
      const headers = { 'content-type': 'application/x-amz-json-1.0' }
      response.writeHead(status, headers).end(JSON.stringify(body))
    }
    answer(request, operations).then(reply, (error) => response.destroy(error))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    items,
    endpoint: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
