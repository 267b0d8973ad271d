/** What an XML element holds: text, or elements by name; those of one name in a list. */
export type XmlValue = string | { readonly [name: string]: XmlValue | readonly XmlValue[] }

const entities: { readonly [name: string]: string } = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#13;': '\r',
}

/**
 * Reads the XML of an answer, strictly: every element is closed by its own name, and nothing else
 * stands there. Lists (`member`) become arrays, maps (`entry`) arrays of `key` and `value`.
 */
export const parseXml = (text: string): { readonly name: string; readonly value: XmlValue } => {
  let at = 0
  const element = (): { readonly name: string; readonly value: XmlValue } => {
    const open = /^<([A-Za-z]+)(?: xmlns="[^"]*")?>/.exec(text.slice(at))
    if (open === null) throw new Error(`no element at ${at} of ${text}`)
    const name = open[1] ?? ''
    at += open[0].length
    const parts: [string, XmlValue][] = []
    let content = ''
    while (!text.startsWith('</', at)) {
      if (text[at] === '<') {
        const part = element()
        parts.push([part.name, part.value])
        continue
      }
      const end = text.indexOf('<', at)
      if (end < 0) throw new Error(`an element is not closed: ${name}`)
      content += text.slice(at, end)
      at = end
    }
    if (!text.startsWith(`</${name}>`, at)) throw new Error(`${name} is not closed at ${at}`)
    at += name.length + 3
    if (parts.length === 0) {
      const decoded = content.replace(/&[^;]*;/g, (entity) => {
        const unit = entities[entity]
        if (unit === undefined) throw new Error(`unknown entity ${entity}`)
        return unit
      })
      return { name, value: decoded }
    }
    if (content !== '') throw new Error(`text beside elements in ${name}`)
    return { name, value: grouped(parts) }
  }
  const root = element()
  if (at !== text.length) throw new Error('something follows the document')
  return root
}

const grouped = (parts: readonly [string, XmlValue][]): XmlValue => {
  const value: Record<string, XmlValue | XmlValue[]> = {}
  for (const [name, part] of parts) {
    const known = value[name]
    if (name === 'member' || name === 'entry') {
      if (Array.isArray(known)) known.push(part)
      else value[name] = [part]
    } else if (known === undefined) value[name] = part
    else throw new Error(`${name} stands twice`)
  }
  return value
}
