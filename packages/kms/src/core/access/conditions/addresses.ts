import type { Operator } from './operator.ts'

/** An IP address: its 16-bit groups, two for IPv4 and eight for IPv6. */
type Address = readonly number[]

/** IpAddress: the address lies in the range (CIDR); without a prefix length the range is one address. */
export const ipAddress: Operator = {
  negated: false,
  compile(value) {
    const range = parseRange(value)
    if (range === undefined) return undefined
    return (text) => {
      const address = parseAddress(text)
      return address && isInRange(address, range)
    }
  },
}

type Range = { readonly start: Address; readonly prefixBits: number }

const parseRange = (text: string): Range | undefined => {
  const [addressText = '', prefixText, ...more] = text.split('/')
  const start = parseAddress(addressText)
  if (start === undefined || more.length > 0) return undefined
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8: the request's address comes as IPv4 too.
  const isMapped = addressText.includes(':') && start.length === 2
  const bits = start.length * 16
  if (prefixText === undefined) return { start, prefixBits: bits }
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(prefixText)) return undefined
  const prefixBits = Number(prefixText) - (isMapped ? 96 : 0)
  return prefixBits < 0 || prefixBits > bits ? undefined : { start, prefixBits }
}

const isInRange = (address: Address, { start, prefixBits }: Range): boolean => {
  if (address.length !== start.length) return false
  let left = prefixBits
  for (let index = 0; left > 0; index += 1, left -= 16) {
    const ignored = left >= 16 ? 0 : 16 - left
    if (address[index]! >>> ignored !== start[index]! >>> ignored) return false
  }
  return true
}

/** Reads IPv4 and IPv6; an IPv4 address inside IPv6 becomes IPv4, and a zone is left away. */
const parseAddress = (text: string): Address | undefined => {
  if (!text.includes(':')) return parseV4(text)
  const groups = parseV6(text.replace(/%[0-9A-Za-z._-]+$/, ''))
  if (groups === undefined) return undefined
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? groups.slice(6) : groups
}

const parseV4 = (text: string): Address | undefined => {
  // Without leading zeros, which some readers take for octal.
  const parts = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(
    text,
  )
  if (parts === null) return undefined
  const [a = 256, b = 256, c = 256, d = 256] = parts.slice(1).map(Number)
  if (a > 255 || b > 255 || c > 255 || d > 255) return undefined
  return [(a << 8) | b, (c << 8) | d]
}

const parseV6 = (text: string): Address | undefined => {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const isLast = (index: number): boolean => index === halves.length - 1
  const [head, tail] = halves.map((half, index) => parseGroups(half, isLast(index)))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  const missing = 8 - head.length - tail!.length
  // RFC 4291 §2.2: `::` stands for one group of zeros or more.
  return missing < 1 ? undefined : [...head, ...Array<number>(missing).fill(0), ...tail!]
}

/** Colon-separated groups of hex digits; an IPv4 address may end the address as a whole. */
const parseGroups = (text: string, endsAddress: boolean): Address | undefined => {
  if (text === '') return []
  const groups: number[] = []
  const pieces = text.split(':')
  for (const [index, piece] of pieces.entries()) {
    const v4 = endsAddress && index === pieces.length - 1 ? parseV4(piece) : undefined
    if (v4 !== undefined) groups.push(...v4)
    else if (/^[0-9A-Fa-f]{1,4}$/.test(piece)) groups.push(Number.parseInt(piece, 16))
    else return undefined
  }
  return groups
}
