/** What a file says, without what is random in it: so that two of them can be compared. */
import { createHash } from 'node:crypto'
import { defaultFrameLength, inspect } from '@keyhold/envelope'

const publicKeyName = 'aws-crypto-public-key'

/** A message, a message in base64, lines of metadata, or plain content. */
export const describeFile = async (bytes, folders) => {
  const message = await describeMessage(bytes)
  if (message !== undefined) return message
  const text = bytes.toString()
  if (/^A[Yg][A-Za-z0-9+/=\n]+$/.test(text))
    return { base64: await describeMessage(Buffer.from(text, 'base64')) }
  if (text.startsWith('{"header')) return describeMetadata(text, folders)
  return content(bytes)
}

const content = (bytes) => {
  const text = bytes.toString()
  if (text.length < 80) return text
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}

/** Each program has a length of its own for frames, when none is told. */
const defaultFrameLengths = [4096, defaultFrameLength]
const frameLengthOf = (length) =>
  defaultFrameLengths.includes(length) ? 'as the program likes' : length

const describeMessage = async (bytes) => {
  const info = await inspect(new Uint8Array(bytes)).catch(() => undefined)
  if (info === undefined) return undefined
  const { header, body } = info
  return {
    suite: header.suite.name,
    frameLength: frameLengthOf(header.frameLength),
    plaintextBytes: body?.plaintextBytes,
    context: Object.fromEntries(
      [...header.context].map(([key, value]) => [key, shown(key, value)]),
    ),
    // Theirs keeps keys in a set, whose order is another one each time.
    keys: header.encryptedDataKeys
      .map(
        ({ providerId, providerInfo }) => `${providerId}: ${Buffer.from(providerInfo).toString()}`,
      )
      .toSorted((a, b) => (a < b ? -1 : 1)),
  }
}

const shown = (key, value) => (key === publicKeyName ? `${value.length} characters` : value)
const length = (text) => (text === null ? null : `${text.length} characters`)

const describeMetadata = (text, folders) =>
  text
    .trim()
    .split('\n')
    .map((line) => describeLine(JSON.parse(line), folders))
    // The files of a tree come in the order of the file system, or in that of their names.
    .sort((a, b) => (`${a.mode}${a.input}` < `${b.mode}${b.input}` ? -1 : 1))

const describeLine = ({ header, header_auth: auth, ...rest }, folders) => ({
  ...JSON.parse(withoutFolders(JSON.stringify(rest), folders)),
  ...(header && {
    header: {
      ...header,
      commitment_key: length(header.commitment_key),
      frame_length: frameLengthOf(header.frame_length),
      message_id: length(header.message_id),
      encrypted_data_keys: header.encrypted_data_keys.map((key) => ({
        ...key,
        encrypted_data_key: length(key.encrypted_data_key),
      })),
      encryption_context: Object.fromEntries(
        Object.entries(header.encryption_context).map(([key, value]) => [key, shown(key, value)]),
      ),
    },
  }),
  // Theirs tells of it when decrypting only, ours always.
  ...(rest.mode !== 'encrypt' &&
    auth && { header_auth: { iv: length(auth.iv), tag: length(auth.tag) } }),
})

const withoutFolders = (text, folders) =>
  folders.reduce((shorter, folder) => shorter.replaceAll(folder, '<folder>'), text)

/** Lines of metadata on stdout are described as those in a file, the rest is left. */
export const describeOutput = (text, ...folders) =>
  text.startsWith('{') ? describeMetadata(text, folders) : content(Buffer.from(text))
