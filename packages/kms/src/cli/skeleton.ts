import type { Member, Members, Shape } from '../api/shapes.ts'
import type { Json } from '../client/json.ts'

/** A blank input in JSON, to be filled in and given back by `--cli-input-json`. */
export const inputSkeleton = (members: Members): string =>
  `${JSON.stringify(blankMembers(members, blankInput), null, 4)}\n`

/** The same in YAML, each member with what it is for. */
export const yamlSkeleton = (members: Members): string => yamlMembers(members, '')

/** An answer made up from the row: texts are the names of their members. */
export const outputSkeleton = (members: Members | undefined): { readonly [name: string]: Json } =>
  blankMembers(members ?? {}, blankOutput)

/** A filled-in skeleton has to be accepted, so it leaves out what the service would refuse. */
const built = (members: Members): [string, Member][] =>
  Object.entries(members).filter(([, member]) => member.presence !== 'unbuilt')

type Blank = (shape: Shape, name: string) => Json

const blankMembers = (members: Members, blank: Blank): { readonly [name: string]: Json } =>
  Object.fromEntries(built(members).map(([name, member]) => [name, blank(member.shape, name)]))

const blankInput: Blank = (shape, name) => {
  if (shape.kind === 'enum') return shape.values[0] ?? ''
  if (shape.kind === 'text') return ''
  return blankNested(shape, name, blankInput)
}

const blankOutput: Blank = (shape, name) => {
  if (shape.kind === 'enum' || shape.kind === 'text' || shape.kind === 'blob') return name
  return blankNested(shape, name, blankOutput)
}

const blankNested = (shape: Shape, name: string, blank: Blank): Json => {
  switch (shape.kind) {
    case 'integer':
      return 0
    case 'flag':
      return true
    case 'time':
      return '1970-01-01T00:00:00'
    case 'map':
      return { KeyName: '' }
    case 'list':
      return [blank(shape.member, name)]
    case 'structure':
      return blankMembers(shape.members, blank)
    default:
      return null
  }
}

const yamlMembers = (members: Members, indent: string): string =>
  built(members)
    .map(([name, member], i) => {
      // AWS's command line sets off the note of a structure's first member by two spaces.
      const comment = `${i === 0 ? ' ' : ''}${note(member)}`
      return `${indent}${name}:${yamlValue(member.shape, indent, comment)}`
    })
    .join('')

const note = (member: Member): string => {
  const values =
    member.shape.kind === 'enum' ? ` Valid values are: ${member.shape.values.join(', ')}.` : ''
  return ` # ${member.presence === 'required' ? '[REQUIRED] ' : ''}${member.doc}${values}\n`
}

const yamlValue = (shape: Shape, indent: string, comment: string): string => {
  switch (shape.kind) {
    case 'blob':
      return ` !!binary ''${comment}`
    case 'time':
      return ` 1970-01-01 00:00:00${comment}`
    case 'map':
      return `${comment}${indent}  KeyName: ''\n`
    case 'structure':
      return comment + yamlMembers(shape.members, `${indent}  `)
    case 'list': {
      if (shape.member.kind !== 'structure') {
        return `${comment}${indent}-${yamlValue(shape.member, indent, '\n')}`
      }
      const block = yamlMembers(shape.member.members, `${indent}  `)
      return `${comment}${indent}- ${block.slice(indent.length + 2)}`
    }
    default: {
      const blank = blankInput(shape, '')
      const shown = typeof blank === 'string' ? blank || "''" : JSON.stringify(blank)
      return ` ${shown}${comment}`
    }
  }
}
