/**
 * Scripts for the AWS Encryption CLI. Each is a list of steps; before every further step the two
 * programs change places, so that each reads what the other one wrote.
 */
const bytes = (length) => Buffer.alloc(length, 'a longer text; ').toString()

/** The files that every script finds. */
export const filesFor = ({ region, accessKeyId, secretAccessKey }) => ({
  plain: bytes(10_000),
  empty: '',
  'tree/a': 'first',
  'tree/b.txt': bytes(5000),
  'tree/deep/er/c': 'third',
  'out/': '',
  'back/': '',
  arguments:
    '# how the file is encrypted\n--suppress-metadata\n-w key=$KEY  # and under which key\n' +
    '-c "purpose=two words"\n',
  config:
    `[profile there]\nregion = ${region}\naws_access_key_id = ${accessKeyId}\n` +
    `aws_secret_access_key = ${secretAccessKey}\n`,
})

const e = 'aws-encryption-cli -e -S -w key=$KEY'
const d = 'aws-encryption-cli -d -S -w key=$KEY'
const forbid = '--commitment-policy forbid-encrypt-allow-decrypt'
const allow = '--commitment-policy require-encrypt-allow-decrypt'

const suites = [
  'AES_128_GCM_IV12_TAG16',
  'AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256',
  'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384',
]

/** What has to do the same. */
export const scripts = {
  'a file, and back, with words about it': [
    `${e} -vv --buffer -i plain -o sealed`,
    `${d} -q -b -i sealed -o opened`,
  ],
  'long flags': [
    'aws-encryption-cli --encrypt --input plain --output sealed --wrapping-keys key=$KEY ' +
      'provider=aws-kms --suppress-metadata --encryption-context purpose=test',
    'aws-encryption-cli --decrypt --input=sealed --output=opened --wrapping-keys key=$KEY ' +
      '--suppress-metadata --encryption-context purpose=test',
  ],
  'flags cut short, and joined': [
    'aws-encryption-cli -e --inp plain --outp sealed --wrap key=$KEY --suppress',
    'aws-encryption-cli -dSi sealed -oopened -wkey=$KEY',
  ],
  'an empty file': [`${e} -i empty -o sealed`, `${d} -i sealed -o opened`],
  'a file into a directory': [`${e} -i plain -o out`, `${d} -i out/plain.encrypted -o back`],
  'a directory tree, and its metadata': [
    'aws-encryption-cli -e --metadata-output meta -r -i tree -o out -w key=$KEY',
    `${d} -R -i out -o back`,
  ],
  'a pattern': [`${e} -i 'tree/[ab]*' -o out`, `${d} -i 'out/*.encrypted' -o back`],
  'a suffix': [`${e} -i plain -o out --suffix .aws`, `${d} -i out/plain.aws -o back --suffix .t`],
  'no suffix': [`${e} -i plain -o out --suffix`, `${d} -i out/plain -o back --suffix`],
  'stdin and stdout': [
    `${e} -i - -o - < plain > sealed`,
    `${d} -i - -o - < sealed > opened`,
    `cat sealed | ${d} -i - -o last`,
  ],
  'a pipe': [`${e} -i plain -o - | ${d} -i - -o -`],
  'an encryption context': [
    `${e} -i plain -o sealed -c purpose=test owner=me größe='ü ✓'`,
    `${d} -i sealed -o opened -c purpose=test owner`,
  ],
  base64: [
    `${e} -i plain -o sealed --encode`,
    `${d} -i sealed -o opened --decode`,
    `${d} -i sealed -o - --decode --encode`,
    `base64 plain > text; ${e} -i text -o sealed --decode; ${d} -i sealed -o opened --encode`,
  ],
  metadata: [
    'aws-encryption-cli -e --metadata-output meta -i plain -o sealed -w key=$KEY -c a=1',
    'aws-encryption-cli -d --metadata-output meta -i sealed -o opened -w key=$KEY',
    'aws-encryption-cli -d --metadata-output - -i sealed -o opened -w key=$KEY',
    'aws-encryption-cli -e --metadata-output meta --overwrite-metadata -i plain -o sealed ' +
      `-w key=$KEY ${forbid} --algorithm AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384`,
    `aws-encryption-cli -d --metadata-output meta -i - -o last -w key=$KEY ${forbid} < sealed`,
  ],
  ...Object.fromEntries(
    suites.map((name) => [
      name,
      [
        `${e} -i plain -o sealed ${forbid} --algorithm ${name}`,
        `${d} -i sealed -o opened ${allow}`,
      ],
    ]),
  ),
  'an unsigned message may be required': [
    `${e} -i plain -o sealed --algorithm AES_256_GCM_HKDF_SHA512_COMMIT_KEY`,
    'aws-encryption-cli --decrypt-unsigned -S -w key=$KEY -i sealed -o opened',
  ],
  'a file that fills its frames exactly': [
    `head -c 1024 plain > whole; ${e} -i whole -o sealed --frame-length 512`,
    `${d} -i sealed -o opened`,
  ],
  'frame lengths': [
    `${e} -i plain -o a --frame-length 128; ${e} -i plain -o b --frame-length 1024`,
    `${d} -i a -o opened --max-length 128 && ${d} -i b -o back/b --max-length 1024`,
  ],
  'several wrapping keys': [
    'aws-encryption-cli -e -S -i plain -o sealed -w key=$KEY key=$OTHER',
    'aws-encryption-cli -d -S -i sealed -o opened -w key=$OTHER',
    'aws-encryption-cli -e -S -i plain -o sealed -w key=$KEY -w key=$OTHER ' +
      '--max-encrypted-data-keys 2',
    'aws-encryption-cli -d -S -i sealed -o opened -w key=$OTHER --max-encrypted-data-keys 2',
  ],
  'an alias, and an id': [
    'aws-encryption-cli -e -S -i plain -o sealed -w key=alias/cli',
    `${d} -i sealed -o opened; aws-encryption-cli -e -S -i plain -o by-id -w key=$KEY_ID`,
    `${d} -i by-id -o opened`,
  ],
  discovery: [
    `${e} -i plain -o sealed`,
    'aws-encryption-cli -d -S -i sealed -o opened -w discovery=true',
    'aws-encryption-cli -d -S -i sealed -o opened -w discovery=true discovery-partition=aws ' +
      'discovery-account=000000000000 discovery-account=111111111111',
    'aws-encryption-cli -d -S -i sealed -o opened -w discovery=yes',
  ],
  'a Region, and a profile': [
    'AWS_DEFAULT_REGION=eu-west-1 aws-encryption-cli -e -S -i plain -o sealed ' +
      '-w key=alias/cli region=me-central-1',
    'unset AWS_DEFAULT_REGION; AWS_CONFIG_FILE=config aws-encryption-cli -e -S -i plain -o sealed ' +
      '-w key=alias/cli profile=there',
    `${d} -i sealed -o opened`,
  ],
  caching: [
    `${e} -r -i tree -o out --caching capacity=10 max_age=60.0`,
    `${d} -r -i out -o back --caching capacity=10 max_age=60 max_messages_encrypted=2`,
  ],
  'arguments from a file': [
    'aws-encryption-cli @arguments -e -i plain -o sealed',
    'aws-encryption-cli -d @arguments -i sealed -o opened',
  ],
  'an output that is there is replaced': [`${e} -i plain -o tree/a`, `${d} -i tree/a -o empty`],
  'an output is replaced when that is wanted': [
    `echo y | ${e} -i plain -o tree/a --interactive > back/prompt; rm back/prompt`,
    `echo Yes | ${d} -i tree/a -o empty --interactive > back/prompt; rm back/prompt`,
  ],
}

/** What has to fail, and to leave everything as it was. */
export const refusals = {
  'no mode': 'aws-encryption-cli -S -i plain -o sealed -w key=$KEY',
  'both modes': `${e} -d -i plain -o sealed`,
  'no wrapping key': 'aws-encryption-cli -e -S -i plain -o sealed',
  'an unknown flag': `${e} -i plain -o sealed --unknown`,
  'a long flag with one dash': `${e} -input plain -o sealed`,
  'an ambiguous flag': `${e} -i plain -o sealed --enc`,
  'an input twice': `${e} -i plain -i empty -o sealed`,
  'an unknown suite': `${e} -i plain -o sealed --algorithm AES_512`,
  'an unknown policy': `${e} -i plain -o sealed --commitment-policy none`,
  'a suite that the policy forbids': `${e} -i plain -o sealed --algorithm AES_256_GCM_IV12_TAG16`,
  'a frame length that is no number': `${e} -i plain -o sealed --frame-length x`,
  'a context that is no pair': `${e} -i plain -o sealed -c purpose`,
  'the required names by their own flag': `${d} -i plain -o x --required-encryption-context-keys a`,
  'a cache without an age': `${e} -i plain -o sealed --caching capacity=1`,
  'an unknown rule for the cache': `${e} -i plain -o sealed --caching capacity=1 max_age=1 x=1`,
  'a cache that is no pair': `${e} -i plain -o sealed --caching capacity`,
  'discovery to encrypt': 'aws-encryption-cli -e -S -i plain -o sealed -w discovery=true',
  'discovery and a key': 'aws-encryption-cli -d -S -i plain -o x -w discovery=true key=$KEY',
  'discovery that is off, and no key': 'aws-encryption-cli -d -S -i plain -o x -w discovery=false',
  'an account without a partition':
    'aws-encryption-cli -d -S -i plain -o x -w discovery=true discovery-account=000000000000',
  'a partition without an account':
    'aws-encryption-cli -d -S -i plain -o x -w discovery=true discovery-partition=aws',
  'a filter without discovery':
    'aws-encryption-cli -d -S -i plain -o x -w key=$KEY discovery-partition=aws discovery-account=1',
  'an unknown provider': 'aws-encryption-cli -e -S -i plain -o sealed -w provider=none key=1',
  'two Regions': 'aws-encryption-cli -e -S -i plain -o s -w key=$KEY region=a region=b',
  'an unknown profile': `${e} profile=nobody -i plain -o sealed`,
  'an input that is not there': `${e} -i nothing -o sealed`,
  'a pattern that means nothing': `${e} -i 'nothing*' -o out`,
  'an output that is the input': `${e} -i plain -o plain`,
  'stdin into a directory': `${e} -i - -o out < plain`,
  'several inputs into a file': `${e} -i 'tree/[ab]*' -o sealed`,
  'a directory into a file': `${e} -r -i tree -o sealed`,
  'metadata on stdout beside the output':
    'aws-encryption-cli -e --metadata-output - -i plain -o - -w key=$KEY > /dev/null',
  'metadata in place of the output':
    'aws-encryption-cli -e --metadata-output out/m -i plain -o out/m -w key=$KEY',
  'metadata in place of the input':
    'aws-encryption-cli -e --metadata-output plain -i plain -o out -w key=$KEY',
  'metadata in the output directory':
    'aws-encryption-cli -e --metadata-output out/m -i plain -o out -w key=$KEY',
  'metadata in the input directory':
    'aws-encryption-cli -e --metadata-output tree/m -r -i tree -o out -w key=$KEY',
  'metadata in a directory that is not there':
    'aws-encryption-cli -e --metadata-output nowhere/m -i plain -o sealed -w key=$KEY',
  'metadata that is a directory':
    'aws-encryption-cli -e --metadata-output back -i plain -o sealed -w key=$KEY',
  'both ways to say what becomes of metadata': `${e} --metadata-output m -i plain -o sealed`,
  'a key that does not exist':
    'aws-encryption-cli -e -S -i plain -o sealed -w key=${KEY%????????????}000000000000',
  'something that is no message': `${d} -i plain -o opened`,
  'an empty message': `${d} -i empty -o opened`,
}

/** What becomes of a message that must not be read: `prepare` is done by both, and succeeds. */
export const unreadable = {
  'a message that was cut short': {
    prepare: `${e} -i plain -o whole; head -c 9000 whole > sealed`,
    refused: `${d} -i sealed -o opened`,
  },
  'a message of another key': {
    prepare: 'aws-encryption-cli -e -S -i plain -o sealed -w key=$OTHER',
    refused: `${d} -i sealed -o opened`,
  },
  'a message of another account': {
    prepare: `${e} -i plain -o sealed`,
    refused:
      'aws-encryption-cli -d -S -i sealed -o opened -w discovery=true discovery-partition=aws ' +
      'discovery-account=111111111111',
  },
  'a message without commitment': {
    prepare: `${e} -i plain -o sealed ${forbid}`,
    refused: `${d} -i sealed -o opened`,
  },
  'a signed message where none is wanted': {
    prepare: `${e} -i plain -o sealed`,
    refused: 'aws-encryption-cli --decrypt-unsigned -S -w key=$KEY -i sealed -o opened',
  },
  'more data keys than are wanted': {
    prepare: 'aws-encryption-cli -e -S -i plain -o sealed -w key=$KEY key=$OTHER',
    refused: `${d} -i sealed -o opened --max-encrypted-data-keys 1`,
  },
  'frames that are longer than wanted': {
    prepare: `${e} -i plain -o sealed --frame-length 4096`,
    refused: `${d} -i sealed -o opened --max-length 4095`,
  },
  'base64 that is not told': {
    prepare: `${e} -i plain -o sealed --encode`,
    refused: `${d} -i sealed -o opened`,
  },
}
