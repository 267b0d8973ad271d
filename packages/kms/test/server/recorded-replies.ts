import { readFileSync } from 'node:fs'
import { sharedPath } from '../shared.ts'

/** A refusal as it was recorded on AWS. */
export type RecordedReply = {
  /** Operation and step of the recording, and which of them it is: `Encrypt generate-random-exc 2`. */
  readonly name: string
  readonly code: string
  /** `undefined`: the answer had no message. Names in angle brackets stand for what differs. */
  readonly message: string | undefined
}

/** The replies of the section "Error codes and messages", in its order. */
export const recordedReplies = (): readonly RecordedReply[] => {
  const text = readFileSync(sharedPath('facts/kms-api.md'), 'utf8')
  const [, section = ''] = text.split('### 2.1 ')
  const lines = section.split('\n### ')[0]?.split('\n') ?? []
  const counts = new Map<string, number>()
  return lines
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => {
      const [operation = '', step = '', code = '', message = ''] = line.slice(2, -2).split(' | ')
      const subject = `${operation} ${step}`
      const count = (counts.get(subject) ?? 0) + 1
      counts.set(subject, count)
      const isEmpty = message === '(empty message)'
      return { name: `${subject} ${count}`, code, message: isEmpty ? undefined : message }
    })
}

/** Values for the names in a recorded text. */
export type Names = Readonly<Record<string, string>>

/** Lists of enums are in an order of AWS's own, and grow. */
const withoutEnums = (text: string): string =>
  text.replace(/(?<=enum value set: )\[[^\]]*\]/, '[…]')

/** What a message has to match so that it says what the recorded one does. */
export const patternOf = (message: string, names: Names): RegExp => {
  const filled = Object.entries(names).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    message,
  )
  const literal = RegExp.escape(withoutEnums(filled))
  return new RegExp(`^${literal.replaceAll(RegExp.escape('<key-material-id>'), '[a-f0-9]{64}')}$`)
}

/** The message of an answer, to be held against such a pattern. */
export const comparable = (message: string | undefined): string => withoutEnums(message ?? '')
