import { exitCode } from '../io.ts'
import { type FileCommand, type FileFlag, fileFlags, flagGroups } from './flag-table.ts'

type Text = {
  readonly summary: string
  readonly usage: readonly string[]
  readonly about: readonly string[]
  readonly examples: readonly (readonly [string, string])[]
}

/** What `keyhold encrypt --help` and its like print. The flags are read from their table. */
export const fileHelp = (command: FileCommand): string => {
  const { summary, usage, about, examples } = texts[command]
  const parts = [
    `keyhold ${command} - ${summary}`,
    section('Usage', usage),
    about
      .flatMap((paragraph) => [...wrap(paragraph, 0, 100), ''])
      .join('\n')
      .trimEnd(),
    section(
      'Examples',
      examples.flatMap(([line, what]) => [`# ${what}`, line]),
    ),
    ...flagGroups.flatMap((group) => {
      const rows = fileFlags.filter((flag) => flag.group === group && flag.on.includes(command))
      return rows.length === 0 ? [] : [section(group, rows.flatMap(describe))]
    }),
    section('Exit codes', exitCodes),
  ]
  return `${parts.join('\n\n')}\n`
}

const section = (title: string, lines: readonly string[]): string =>
  [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')

const exitCodes = [
  `${exitCode.done}    everything is done`,
  `${exitCode.usage}  the command line is wrong; nothing was read or written`,
  `${exitCode.configuration}  a key file, credentials, the Region or the endpoint are missing or wrong`,
  `${exitCode.failure}  a file failed or was skipped, or the service refused or did not answer`,
]

const column = 32

const describe = (flag: FileFlag): readonly string[] => {
  const { name, short, values, choices } = flag
  const value = flag.value ?? (choices === undefined ? '' : 'CHOICE')
  const shown = values === 'none' ? '' : values === 'optional' ? ` [${value}]` : ` ${value}`
  const head = `${short === undefined ? '' : `${short}, `}${name}${shown}`
  const doc = wrap(
    choices === undefined ? flag.doc : `${flag.doc} ${choices.join(', ')}.`,
    column,
    96,
  )
  if (head.length >= column - 1) return [head, ...doc.map((line) => ' '.repeat(column) + line)]
  return doc.map((line, index) => (index === 0 ? head.padEnd(column) : ' '.repeat(column)) + line)
}

const wrap = (text: string, indent: number, width: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && indent + last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const texts: { readonly [C in FileCommand]: Text } = {
  encrypt: {
    summary: 'encrypts files under a key of the service, or one of your own',
    usage: ['keyhold encrypt -k KEY FILE…', 'keyhold -e -i PATH -o PATH -w key=KEY [flags]'],
    about: [
      'Each file becomes a message of the AWS Encryption SDK, which every AWS Encryption SDK reads. ' +
        'The service makes a data key and wraps it; the file itself never leaves this machine.',
      'An output appears under its name only when it is whole and on the disk. Permissions and times ' +
        'of the input are kept. A file that fails or is skipped makes the exit code non-zero.',
      'The encryption context is authenticated, not encrypted: anyone who has the file can read it.',
    ],
    examples: [
      ['keyhold encrypt -k alias/app big.tar', 'makes big.tar.keyhold beside it'],
      ['tar c docs | keyhold encrypt -k alias/app > docs.tar.keyhold', 'in a pipe'],
      ['keyhold encrypt -k alias/app -r docs -o safe -c project=blue', 'a tree; safe exists'],
      [
        'keyhold encrypt -k alias/app -r docs --caching capacity=1 max_age=300 ' +
          'max_messages_encrypted=1000',
        'many small files with few calls to the service',
      ],
      ['keyhold encrypt --raw-key-file my.key notes.txt', 'with a key of your own'],
    ],
  },
  decrypt: {
    summary: 'decrypts files, and writes nothing that is not verified',
    usage: ['keyhold decrypt -k KEY FILE…', 'keyhold -d -i PATH -o PATH -w key=ARN [flags]'],
    about: [
      'You name the key, and only messages under it are read: whoever sends a message does not get ' +
        'to choose. --discovery lets it: the service is asked for whatever key the message names, ' +
        'which at AWS may be a stranger’s.',
      'A file is written only when all of it is verified. What goes to stdout is verified frame by ' +
        'frame; use it only if the exit code is 0, or hold it back with -b.',
    ],
    examples: [
      ['keyhold decrypt -k alias/app big.tar.keyhold', 'makes big.tar beside it'],
      ['keyhold decrypt -k alias/app -c project=blue FILE.keyhold', 'only in this context'],
      ['keyhold decrypt --discovery FILE.keyhold', 'under whatever key it names'],
      [
        'keyhold decrypt -k alias/app --range 0-1048575 big.tar.keyhold > head',
        'the first MiB, and no more',
      ],
      ['keyhold decrypt -k alias/app -r safe -o docs', 'a tree; docs exists'],
    ],
  },
  inspect: {
    summary: 'tells what an encrypted file says about itself',
    usage: ['keyhold inspect FILE… [--json]'],
    about: ['No key is needed, and nothing is proven: verify proves it.'],
    examples: [['keyhold inspect big.tar.keyhold', 'algorithm, keys, context, frames, size']],
  },
  verify: {
    summary: 'verifies encrypted files as decryption would, and writes nothing',
    usage: ['keyhold verify -k KEY FILE…'],
    about: ['Every file is looked at, also after one has failed. Keys are given as to decrypt.'],
    examples: [['keyhold verify -k alias/app -r safe', 'all messages of a tree']],
  },
  rewrap: {
    summary: 'gives encrypted files new keys, and verifies them on the way',
    usage: [
      'keyhold rewrap -k NEW --from-key OLD FILE…',
      'keyhold rewrap -w key=NEW --from-wrapping-keys key=OLD -i PATH -o PATH [flags]',
    ],
    about: [
      'Each message that the old keys read is written for the new keys alone: in its place, or to -o. ' +
        'A file is replaced in one step, and only by a whole message; permissions, owner and times ' +
        'stay. A message that is damaged, or under another key, is left as it is. In a directory, ' +
        'files that are no messages are left out.',
      'A message of version 1 keeps its data key and its encrypted body: only its header is new, and ' +
        'its signature if it has one. So whoever has learned its data key can still read it; ' +
        '--reencrypt helps against that. Messages of version 1 are only read with ' +
        '--commitment-policy require-encrypt-allow-decrypt. The new key has to allow kms:Encrypt.',
      'A message of version 2, which is what keyhold writes, is decrypted and encrypted anew, in one ' +
        'pass and without its plaintext touching a disk. Its header has no room for a nonce of its ' +
        'own: a second header under the same data key would be a second GCM tag under one key and one ' +
        'nonce, and whoever has two of those can compute the key that authenticates the message, and ' +
        'forge it. The report says for each file which way was taken.',
    ],
    examples: [
      ['keyhold rewrap -k alias/new --from-key alias/old big.tar.keyhold', 'in its place'],
      ['keyhold rewrap -k alias/new --from-key alias/old -r safe', 'all messages of a tree'],
      ['keyhold rewrap -k alias/new --from-key alias/old -r safe -o copy', 'into another tree'],
      [
        'keyhold rewrap --raw-key-file new.key --from-raw-key-file old.key notes.txt.keyhold',
        'from one key of your own to another',
      ],
    ],
  },
}
