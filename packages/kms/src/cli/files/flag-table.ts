/** The commands for files. */
export type FileCommand = 'encrypt' | 'decrypt' | 'inspect' | 'verify' | 'rewrap'

/** A flag: how it is read and what the help says of it. Both come from this one row. */
export type FileFlag = {
  readonly name: string
  readonly short?: string
  readonly values: 'none' | 'optional' | 'one' | 'many'
  /** How the help names the value. */
  readonly value?: string
  /** May be given several times: values of each time are kept apart. */
  readonly repeats?: true
  readonly choices?: readonly string[]
  readonly on: readonly FileCommand[]
  /** Where it is taken and means nothing, since AWS's command line takes it there. */
  readonly ignoredOn?: readonly FileCommand[]
  readonly group: FlagGroup
  readonly doc: string
}

export const flagGroups = ['Files', 'Keys', 'Message', 'Limits', 'Reports', 'Service'] as const
export type FlagGroup = (typeof flagGroups)[number]

const all = ['encrypt', 'decrypt', 'inspect', 'verify', 'rewrap'] as const
const both = ['encrypt', 'decrypt'] as const
/** Those that write files. */
const putting = ['encrypt', 'decrypt', 'rewrap'] as const
const keyed = ['encrypt', 'decrypt', 'verify', 'rewrap'] as const
const reading = ['decrypt', 'verify'] as const
/** Those that make messages. */
const making = ['encrypt', 'rewrap'] as const
const rewrap = ['rewrap'] as const

const flag = (
  group: FlagGroup,
  on: readonly FileCommand[],
  names: string,
  values: FileFlag['values'],
  doc: string,
  more: Partial<Pick<FileFlag, 'value' | 'repeats' | 'choices' | 'ignoredOn'>> = {},
): FileFlag => {
  const [name = '', short] = names.split(' ')
  return { name, ...(short === undefined ? {} : { short }), group, on, values, doc, ...more }
}

const path = { value: 'PATH' }
const count = { value: 'N' }
const pairs = { value: 'NAME=VALUE…' }

/** Every flag of every command for files. */
export const fileFlags: readonly FileFlag[] = [
  flag('Files', all, '--input -i', 'many', 'A file, a pattern, a directory, or - for stdin.', {
    ...path,
    repeats: true,
  }),
  flag(
    'Files',
    putting,
    '--output -o',
    'one',
    'A file, a directory that exists, or - for stdout.',
    path,
  ),
  flag(
    'Files',
    all,
    '--recursive -r',
    'none',
    'Goes into directories; the output has the same tree.',
  ),
  flag('Files', all, '-R', 'none', 'The same as -r.'),
  flag(
    'Files',
    both,
    '--suffix',
    'optional',
    'What is appended to the name of an output; alone: nothing. Absent: .encrypted or .decrypted ' +
      'with -i and -o; else .keyhold is appended, and taken off again.',
    { value: 'TEXT' },
  ),
  flag('Files', both, '--force -f', 'none', 'Replaces outputs whose names were not given by -o.'),
  flag(
    'Files',
    putting,
    '--no-overwrite',
    'none',
    'Never replaces a file; the input counts as skipped.',
  ),
  flag('Files', both, '--interactive', 'none', 'Asks before a file is replaced.'),
  flag(
    'Files',
    all,
    '--symlinks',
    'one',
    'What a link to a file in a directory is: followed if absent, left out, or a fault:',
    {
      choices: ['follow', 'skip', 'fail'],
    },
  ),
  flag('Files', all, '--decode', 'none', 'The input is base64.'),
  flag('Files', putting, '--encode', 'none', 'The output is base64.'),
  flag('Files', both, '--buffer -b', 'none', 'Writes nothing before everything is verified.'),
  flag('Files', ['decrypt'], '--range', 'one', 'Bytes a to b, both included, of the plaintext.', {
    value: 'a-b',
  }),
  flag('Files', keyed, '--jobs -j', 'one', 'How many files at once; 4 if absent.', count),
  flag(
    'Files',
    keyed,
    '--continue-on-error',
    'none',
    'A file that fails does not stop the others.',
  ),
  flag('Keys', keyed, '--key -k', 'one', 'A key of the service: alias, id or ARN. Repeatable.', {
    value: 'KEY',
    repeats: true,
  }),
  flag(
    'Keys',
    keyed,
    '--wrapping-keys -w',
    'many',
    'key=… (several), region=, profile=; to decrypt also discovery=true, discovery-partition=, ' +
      'discovery-account=; or provider=raw-aes|raw-rsa|raw-ecdh with key-file=, namespace=, name=, ' +
      'padding=, curve=, peer-key-file=.',
    { ...pairs, repeats: true },
  ),
  flag(
    'Keys',
    reading,
    '--discovery',
    'none',
    'Any key that the message names and the service lets you use: as -w discovery=true.',
  ),
  flag(
    'Keys',
    keyed,
    '--raw-key-file',
    'one',
    'A file with a raw AES key: 16, 24 or 32 bytes, or hex.',
    {
      ...path,
      repeats: true,
    },
  ),
  flag('Keys', rewrap, '--from-key', 'one', 'An old key of the service. Repeatable.', {
    value: 'KEY',
    repeats: true,
  }),
  flag(
    'Keys',
    rewrap,
    '--from-wrapping-keys',
    'many',
    'Old keys, named as -w names them to decrypt.',
    { ...pairs, repeats: true },
  ),
  flag(
    'Keys',
    rewrap,
    '--from-discovery',
    'none',
    'Any old key that the message names and the service lets you use.',
  ),
  flag('Keys', rewrap, '--from-raw-key-file', 'one', 'A file with an old raw AES key.', {
    ...path,
    repeats: true,
  }),
  flag(
    'Message',
    keyed,
    '--encryption-context -c',
    'many',
    'Pairs to authenticate. When reading: what the message must have, also NAME alone (a second ' +
      'and further such name only if the input is given by -i).',
    { ...pairs, repeats: true },
  ),
  flag('Message', making, '--algorithm', 'one', 'The algorithm suite, by its name in AWS’s SDKs.', {
    value: 'NAME',
    ignoredOn: ['decrypt'],
  }),
  flag('Message', making, '--frame-length', 'one', 'Bytes of plaintext in a frame.', {
    ...count,
    ignoredOn: ['decrypt'],
  }),
  flag(
    'Message',
    rewrap,
    '--reencrypt',
    'none',
    'Encrypts version 1 anew as well, under a new data key: for when the old one became known.',
  ),
  flag('Message', keyed, '--commitment-policy', 'one', 'Which messages may be written and read.', {
    choices: [
      'forbid-encrypt-allow-decrypt',
      'require-encrypt-allow-decrypt',
      'require-encrypt-require-decrypt',
    ],
  }),
  flag(
    'Message',
    reading,
    '--decrypt-unsigned',
    'none',
    'Refuses signed messages, whose signature is known at their end only.',
  ),
  flag(
    'Limits',
    [...reading, 'rewrap'],
    '--max-length',
    'one',
    'The longest frame to accept, in bytes.',
    count,
  ),
  flag(
    'Limits',
    keyed,
    '--max-encrypted-data-keys',
    'one',
    'The most data keys of a message.',
    count,
  ),
  flag(
    'Limits',
    keyed,
    '--caching',
    'many',
    'Uses a data key for several messages: capacity=, max_age= (seconds), and if wanted ' +
      'max_messages_encrypted=, max_bytes_encrypted=.',
    pairs,
  ),
  flag(
    'Reports',
    putting,
    '--metadata-output',
    'one',
    'Appends a line of JSON for each message.',
    path,
  ),
  flag('Reports', putting, '--overwrite-metadata', 'none', 'Begins that file anew.'),
  flag(
    'Reports',
    putting,
    '--suppress-metadata -S',
    'none',
    'No metadata, which is the rule anyway.',
  ),
  flag('Reports', all, '--json', 'none', 'Reports as lines of JSON.'),
  flag('Reports', all, '--verbose -v', 'none', 'Tells every file, and the data keys.'),
  flag('Reports', all, '--quiet -q', 'none', 'Tells failures only.'),
  flag('Reports', all, '--help -h', 'none', 'Prints this.'),
  flag('Service', keyed, '--endpoint-url', 'one', 'The service to call: http://… or https://….', {
    value: 'URL',
  }),
  flag('Service', keyed, '--region', 'one', 'The Region of keys that are not named by an ARN.', {
    value: 'REGION',
  }),
  flag('Service', keyed, '--profile', 'one', 'The profile of the configuration files to use.', {
    value: 'NAME',
  }),
  flag('Service', keyed, '--ca-bundle', 'one', 'PEM file of the authorities to trust.', path),
  flag('Service', keyed, '--no-verify-ssl', 'none', 'Accepts any certificate. For trials only.'),
]
