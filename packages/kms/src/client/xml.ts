/** An element: its own elements in their order, and its text. Attributes are left out. */
export type XmlElement = {
  readonly name: string
  readonly children: readonly XmlElement[]
  readonly text: string
}

const depthMax = 64

type Open = { name: string; children: XmlElement[]; text: string }

/**
 * Reads what AWS's query services answer: elements and text, five entities and numeric ones. There
 * are no document types here, so nothing is expanded. `undefined`: it is no such document.
 */
export const parseXml = (source: string): XmlElement | undefined => {
  const root: Open = { name: '', children: [], text: '' }
  const open: Open[] = [root]
  const token = /<\?[^>]*\?>|<(\/?)([\w.:-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y
  while (token.lastIndex < source.length) {
    const found = token.exec(source)
    const top = open.at(-1)
    if (found === null || top === undefined) return undefined
    const [, slash, name, empty, text] = found
    if (text !== undefined) top.text += unescapeXml(text)
    else if (name === undefined) continue
    else if (slash === '/') {
      if (open.length < 2 || top.name !== name) return undefined
      open.pop()
    } else {
      const element: Open = { name, children: [], text: '' }
      top.children.push(element)
      if (empty !== '/') open.push(element)
      if (open.length > depthMax) return undefined
    }
  }
  const [document, ...others] = root.children
  return open.length === 1 && others.length === 0 ? document : undefined
}

export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name)

const entities: { readonly [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w+));/g, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return entities[name] ?? whole
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
