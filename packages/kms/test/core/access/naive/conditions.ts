import { BlockList, isIP } from 'node:net'
import { fill, globRegex, valuesOf } from './patterns.ts'
import type { RawQuestion, RawStatement } from './question.ts'

/** Whether every condition of the statement holds. */
export const conditionsFit = (
  statement: RawStatement,
  q: RawQuestion,
  hasVariables: boolean,
): boolean =>
  Object.entries(statement.Condition ?? {}).every(([operator, block]) =>
    Object.entries(block).every(([key, wanted]) => {
      const list = [wanted].flat().map(String)
      return conditionFits(operator, list, valuesOf(key, q), statement.Effect, q, hasVariables)
    }),
  )

const conditionFits = (
  operatorText: string,
  wanted: readonly string[],
  actual: readonly string[],
  effect: string,
  q: RawQuestion,
  hasVariables: boolean,
): boolean => {
  if (operatorText === 'Null')
    return wanted.some((each) => (each.toLowerCase() === 'true') === (actual.length === 0))
  const all = operatorText.startsWith('ForAllValues:')
  const any = operatorText.startsWith('ForAnyValue:')
  const ifExists = operatorText.endsWith('IfExists')
  const name = operatorText.replace(/^For\w+:/, '').replace(/IfExists$/, '')
  const negated = name.includes('Not')
  const positive = name.replace('Not', '')
  if (actual.length === 0) return ifExists || all || (negated && !any)
  const one = (value: string): boolean => {
    const results = wanted.map((each) => compare(positive, each, value, q, hasVariables))
    const fits = results.includes(true)
    if (!negated) return fits
    // What cannot be compared is no difference that an Allow may rest on.
    return !fits && !(effect === 'Allow' && results.includes(null))
  }
  if (all || (!any && effect === 'Allow')) return actual.every(one)
  return actual.some(one)
}

const compare = (
  operator: string,
  wanted: string,
  actual: string,
  q: RawQuestion,
  hasVariables: boolean,
): boolean | null => {
  switch (operator) {
    case 'StringEquals':
    case 'StringEqualsIgnoreCase': {
      const filled = fill(wanted, q, hasVariables)?.replaceAll('\0', '')
      if (filled === undefined) return null
      return operator === 'StringEquals'
        ? filled === actual
        : filled.toLowerCase() === actual.toLowerCase()
    }
    case 'StringLike': {
      const filled = fill(wanted, q, hasVariables)
      return filled === null ? null : globRegex(filled, '').test(actual)
    }
    case 'ArnEquals':
    case 'ArnLike': {
      const filled = fill(wanted, q, hasVariables)
      return filled === null ? null : arnFits(filled, actual)
    }
    case 'Bool': {
      const filled = fill(wanted, q, hasVariables)?.replaceAll('\0', '').toLowerCase()
      const words = ['true', 'false']
      if (!words.includes(filled ?? '') || !words.includes(actual.toLowerCase())) return null
      return filled === actual.toLowerCase()
    }
    case 'BinaryEquals':
      return /^[A-Za-z0-9+/]+={0,2}$/.test(actual) && actual.length % 4 === 0
        ? Buffer.from(wanted, 'base64').equals(Buffer.from(actual, 'base64'))
        : null
    case 'IpAddress':
      return addressFits(wanted, actual)
    default:
      return orderFits(operator, wanted, actual)
  }
}

const arnFits = (pattern: string, actual: string): boolean => {
  const cut = (text: string): string[] => {
    const parts = text.split(':')
    return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])]
  }
  const patterns = cut(pattern)
  const actuals = cut(actual)
  return (
    patterns.length === 6 &&
    actuals.length === 6 &&
    patterns.every((part, index) => globRegex(part, '').test(actuals[index]!))
  )
}

const addressFits = (wanted: string, actual: string): boolean | null => {
  if (isIP(actual) === 0) return null
  const [network = '', prefix] = wanted.split('/')
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6'
  if ((isIP(actual) === 4) !== (family === 'ipv4')) return false
  const list = new BlockList()
  list.addSubnet(network, Number(prefix ?? (family === 'ipv4' ? 32 : 128)), family)
  return list.check(actual, family)
}

const orderFits = (operator: string, wanted: string, actual: string): boolean | null => {
  const isDate = operator.startsWith('Date')
  const read = (text: string): number => {
    if (isDate && /^\d{4}-/.test(text)) return Date.parse(text)
    const isNumber = isDate ? /^\d+(\.\d+)?$/.test(text) : /^[+-]?\d+(\.\d+)?$/.test(text)
    return isNumber ? Number(text) * (isDate ? 1000 : 1) : Number.NaN
  }
  const left = read(actual)
  const right = read(wanted)
  if (Number.isNaN(left)) return null
  switch (operator.replace(/^(Date|Numeric)/, '')) {
    case 'Equals':
      return left === right
    case 'LessThan':
      return left < right
    case 'LessThanEquals':
      return left <= right
    case 'GreaterThan':
      return left > right
    case 'GreaterThanEquals':
      return left >= right
    default:
      throw new Error(`no rule for ${operator}`)
  }
}
