/**
 * What is asked of both command lines. `{id}`, `{arn}` and the like stand for what the test has
 * made; `random` marks answers that differ from call to call.
 */
const words = (line) => line.split(' ')
const row = (line, ...rest) => ({ args: [...words(line), ...rest] })

const formats = ['json', 'text', 'table', 'yaml', 'yaml-stream']

/** Answers that are worth seeing in every format. */
const formatted = [
  row('describe-key --key-id {id}'),
  row('describe-key --key-id {pending}'),
  row('describe-key --key-id {other}'),
  row('list-keys'),
  row('list-aliases'),
  row('list-aliases --key-id {id}'),
  row('list-aliases --key-id {disabled}'),
  row('list-resource-tags --key-id {id}'),
  row('list-resource-tags --key-id {other}'),
  row('get-key-policy --policy-name default --key-id {id}'),
  row('list-key-policies --key-id {id}'),
  row('get-key-rotation-status --key-id {id}'),
  row('decrypt --encryption-context a=1 --ciphertext-blob fileb://sealed'),
  row('list-keys --max-items 2'),
  row('list-keys --limit 2 --no-paginate'),
  row('describe-key --key-id {id} --query KeyMetadata.Arn'),
  row('describe-key --key-id {id} --query KeyMetadata.Enabled'),
  row('describe-key --key-id {id} --query KeyMetadata.Nope'),
  row(
    'describe-key --key-id {id} --query KeyMetadata.{id:KeyId,on:Enabled,a:EncryptionAlgorithms}',
  ),
  row('describe-key --key-id {id} --query KeyMetadata.[KeyId,Enabled,Nope]'),
  row('list-keys --query Keys[].KeyId'),
  row('list-keys --query length(Keys)'),
  row('list-keys --query Keys[9]'),
  row('list-aliases --query Aliases[].[AliasName,TargetKeyId]'),
  row('list-aliases --query sort_by(Aliases,&AliasName)[-1]'),
  row('list-aliases --query', 'Aliases[?AliasName==`alias/b`].{Name:AliasName,Arn:AliasArn}'),
  row('list-resource-tags --key-id {id} --query Tags[?TagValue==``]'),
  row('list-keys --query Keys[?KeyId==`none`]'),
]

const plain = [
  row('describe-key --key-id {arn}'),
  row('describe-key --key-id alias/a'),
  row('describe-key --key-id=alias/a --output=text --query=KeyMetadata.KeyId'),
  row('describe-key --key-id alias/a --region eu-north-1 --no-cli-pager --color off'),
  row('describe-key --key-id alias/a --cli-connect-timeout 5 --cli-read-timeout 5'),
  row('--output text describe-key --key-id alias/a --query KeyMetadata.KeyId'),
  // Pages.
  row('list-keys --page-size 1'),
  row('list-keys --page-size 2 --max-items 3 --output json'),
  row(
    'list-keys --max-items 2 --starting-token eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAyfQ==',
  ),
  row('list-keys --starting-token eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiA0fQ=='),
  row('list-keys --starting-token nonsense'),
  row('list-keys --marker nonsense'),
  row('list-keys --limit 3'),
  row('list-keys --limit 1 --max-items 1 --query NextToken'),
  row('list-keys --max-items 100 --output text'),
  row('list-keys --max-items 0'),
  row('list-aliases --page-size 1 --query Aliases[].AliasName --output text'),
  row('list-aliases --max-items 1 --page-size 1 --output text --query Aliases[].AliasName'),
  row('list-aliases --page-size 2 --query length(Aliases) --output text'),
  row('list-resource-tags --key-id {id} --limit 1'),
  row('list-resource-tags --key-id {id} --max-items 1'),
  row('list-key-policies --key-id {id} --max-items 1'),
  // Documents.
  row('describe-key --cli-input-json file://input.json'),
  row('describe-key --cli-input-json', '{"KeyId": "{id}"}'),
  row('describe-key --cli-input-json file://input.json --key-id alias/other'),
  row('describe-key --cli-input-yaml file://input.yaml'),
  row('describe-key --cli-input-json file://broken.json'),
  row('describe-key --cli-input-json', '[]'),
  row('describe-key --cli-input-json', '{"KeyID": "x"}'),
  // Values.
  row('decrypt --ciphertext-blob {sealed} --encryption-context a=1'),
  row('decrypt --ciphertext-blob {sealed} --encryption-context', '{"a": "1"}'),
  row('decrypt --ciphertext-blob {sealed} --encryption-context a=1 --key-id alias/a'),
  row(
    'decrypt --ciphertext-blob fileb://sealed --encryption-context a=1 --output text --query Plaintext',
  ),
  { ...row('encrypt --key-id alias/a --plaintext aGVsbG8='), random: true },
  {
    ...row('encrypt --key-id alias/a --plaintext hello --cli-binary-format raw-in-base64-out'),
    random: true,
  },
  { ...row('encrypt --key-id alias/a --plaintext fileb://secret.txt --output text'), random: true },
  {
    ...row(
      'encrypt --key-id alias/a --plaintext file://secret.txt --cli-binary-format raw-in-base64-out --output yaml',
    ),
    random: true,
  },
  {
    ...row(
      'encrypt --key-id alias/a --plaintext fileb://secret.txt --encryption-context k=v,l=w --query KeyId',
    ),
    random: true,
  },
  { ...row('generate-data-key --key-id alias/a --key-spec AES_256'), random: true },
  { ...row('generate-data-key --key-id alias/a --number-of-bytes 40 --output text'), random: true },
  {
    ...row('generate-data-key-without-plaintext --key-id alias/a --key-spec AES_128'),
    random: true,
  },
  { ...row('generate-random --number-of-bytes 32'), random: true },
  { ...row('generate-random --number-of-bytes 32 --output yaml'), random: true },
  {
    ...row(
      're-encrypt --ciphertext-blob fileb://sealed --source-encryption-context a=1 --destination-key-id alias/other',
    ),
    random: true,
  },
  // Refusals of the service.
  row('describe-key --key-id {unknown}'),
  row('describe-key --key-id no-key'),
  row('describe-key --key-id alias/none'),
  row('describe-key --key-id arn:aws:kms:us-west-2:000000000000:key/{id}'),
  row('decrypt --ciphertext-blob {sealed}'),
  row('decrypt --ciphertext-blob {sealed} --key-id {other} --encryption-context a=1'),
  row('encrypt --key-id {disabled} --plaintext aGVsbG8='),
  row('encrypt --key-id {pending} --plaintext aGVsbG8='),
  row('encrypt --key-id alias/a --plaintext aGVsbG8= --dry-run'),
  row('create-alias --alias-name nope --target-key-id {id}'),
  row('create-alias --alias-name alias/a --target-key-id {id}'),
  row('create-key --key-spec HMAC_256'),
  row('schedule-key-deletion --key-id {id} --pending-window-in-days 3'),
  row('generate-random'),
  row('generate-data-key --key-id alias/a'),
  row('get-key-policy --key-id alias/a --policy-name default'),
  row('put-key-policy --key-id {id} --policy-name default --policy', '{'),
  { ...row('list-keys'), env: { AWS_SECRET_ACCESS_KEY: 'wrong' } },
  { ...row('list-keys'), env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' } },
  { ...row('list-keys'), env: { AWS_SESSION_TOKEN: 'unknown' } },
  // Refusals before anything is sent.
  row('describe-key --key-id', ''),
  row('encrypt --key-id alias/a --plaintext', ''),
  row('encrypt --key-id alias/a --plaintext fileb://missing.txt'),
  row('encrypt --key-id alias/a --plaintext file://missing.txt'),
  row('list-keys --limit 0'),
  row('list-keys --limit many'),
  row('generate-random --number-of-bytes 5000'),
  row('describe-key --key-id x --cli-input-json', '{"GrantTokens": "x"}'),
  row('describe-key --cli-input-json', '{"KeyId": 7}'),
  row('list-keys --endpoint-url http://127.0.0.1:1'),
  row('list-keys --endpoint-url nonsense'),
  // Settings.
  { ...row('list-keys'), env: { AWS_SECRET_ACCESS_KEY: undefined } },
  { ...row('list-keys'), env: { AWS_DEFAULT_OUTPUT: 'text' } },
  { ...row('list-keys'), env: { AWS_CONFIG_FILE: 'config' } },
  { ...row('list-keys --output table'), env: { AWS_CONFIG_FILE: 'config' } },
  { ...row('list-keys'), env: { AWS_CONFIG_FILE: 'config', AWS_PROFILE: 'yaml' } },
  row('list-keys --profile none'),
  {
    ...row('list-keys --query Keys[0].KeyId'),
    env: { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'us-east-1' },
  },
]

/** Every command whose answer has to be the same to the byte. */
export const commandsOf = () => [
  ...formatted.flatMap(({ args }) =>
    formats.map((format) => ({ args: [...args, '--output', format], succeeds: true })),
  ),
  ...plain,
]

/** Command lines that cannot be read: usage texts differ, so the last line and the code count. */
export const mistakes = [
  row('describe-key'),
  row('encrypt --key-id x'),
  row('create-alias'),
  row('describe-key --key-id'),
  row('describe-key --key-id x --unknown y'),
  row('describe-key --key-id x more'),
  row('list-keys --output xml'),
  row('list-keys --color sometimes'),
  row('list-keys --cli-binary-format hex'),
  row('list-keys --max-items many'),
  row('list-keys --page-size'),
  row('encrypt --key-id x --plaintext aGVsbG8= --encryption-context nonsense'),
  row('encrypt --key-id x --plaintext aGVsbG8= --encryption-context', '{"a": '),
  row('encrypt --key-id x --plaintext aGVsbG8= --encryption-context a=1,a=2'),
  row('tag-resource --key-id x --tags TagKey'),
  row('tag-resource --key-id x --tags TagKey=a'),
  row('tag-resource --key-id x --tags TagKey=a,TagValue=b,More=c'),
  row('list-keys --generate-cli-skeleton nonsense'),
  row('describe-key --cli-input-json', '{}', '--cli-input-yaml', '{}'),
  row('list-keys --no-paginate --max-items 3'),
]

/** Commands that change something: each of the two has keys of its own. */
export const scenario = [
  row('create-key'),
  row(
    'create-key --description',
    'für "mich"',
    '--tags',
    'TagKey=a,TagValue=1',
    'TagKey=b,TagValue=2',
  ),
  row('create-key --output table'),
  row('create-key --output yaml --tags file://tags.json'),
  { ...row('create-key --output text --query KeyMetadata.KeyId'), keep: 'key' },
  { ...row('create-key --output text --query KeyMetadata.KeyId'), keep: 'second' },
  row('create-alias --alias-name alias/{who} --target-key-id {key}'),
  { ...row('create-alias --alias-name alias/{who} --target-key-id {key}'), fails: true },
  row('describe-key --key-id alias/{who} --query KeyMetadata.Description'),
  row('update-alias --alias-name alias/{who} --target-key-id {second}'),
  row('list-aliases --key-id {second} --output text'),
  row('update-key-description --key-id {key} --description', 'new text'),
  row('tag-resource --key-id {key} --tags TagKey=x,TagValue=1 TagKey=y,TagValue='),
  row('tag-resource --key-id {key} --tags', '[{"TagKey": "z", "TagValue": "3"}]'),
  row('untag-resource --key-id {key} --tag-keys x none'),
  row('list-resource-tags --key-id {key}'),
  row(
    'put-key-policy --key-id {key} --policy-name default --policy',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    }),
  ),
  row('get-key-policy --key-id {key} --policy-name default --output text'),
  {
    ...row(
      'encrypt --key-id {key} --plaintext fileb://secret.txt --encryption-context a=1 --output text --query CiphertextBlob',
    ),
    keep: 'sealed',
  },
  row('decrypt --ciphertext-blob {sealed} --encryption-context a=1'),
  { ...row('decrypt --ciphertext-blob {sealed} --encryption-context a=2'), fails: true },
  {
    ...row(
      're-encrypt --ciphertext-blob {sealed} --source-encryption-context a=1 --destination-key-id {second} --destination-encryption-context b=2 --output text --query CiphertextBlob',
    ),
    keep: 'moved',
  },
  row('decrypt --ciphertext-blob {moved} --encryption-context b=2 --output table'),
  {
    ...row(
      'create-grant --key-id {key} --grantee-principal arn:aws:iam::000000000000:root --operations Decrypt Encrypt --constraints EncryptionContextSubset={a=1} --output text --query GrantId',
    ),
    keep: 'grant',
  },
  row('list-grants --key-id {key} --query Grants[].[GranteePrincipal,Operations,Constraints]'),
  row('list-grants --key-id {key} --output table --query Grants[].Constraints'),
  row('list-grants --key-id {key} --grant-id {grant} --output text --query length(Grants)'),
  {
    ...row(
      'create-grant --key-id {key} --grantee-principal arn:aws:iam::000000000000:user/nobody --operations Decrypt',
    ),
    fails: true,
  },
  row('revoke-grant --key-id {key} --grant-id {grant}'),
  {
    ...row(
      'create-grant --key-id {key} --grantee-principal arn:aws:iam::000000000000:root --retiring-principal arn:aws:iam::000000000000:root --operations RetireGrant --output text --query GrantToken',
    ),
    keep: 'token',
  },
  row('retire-grant --grant-token {token} --output table'),
  row('list-grants --key-id {key}'),
  row('disable-key --key-id {key}'),
  row('disable-key --key-id {key} --output text'),
  { ...row('encrypt --key-id {key} --plaintext aGVsbG8='), fails: true },
  row('enable-key --key-id {key} --output yaml'),
  row('schedule-key-deletion --key-id {key} --pending-window-in-days 7'),
  { ...row('schedule-key-deletion --key-id {key}'), fails: true },
  row('describe-key --key-id {key} --output table'),
  row('cancel-key-deletion --key-id {key} --output text'),
  row('describe-key --key-id {key} --query KeyMetadata.KeyState'),
  row('delete-alias --alias-name alias/{who}'),
  { ...row('delete-alias --alias-name alias/{who}'), fails: true },
  row('schedule-key-deletion --key-id {second} --pending-window-in-days 30 --output yaml'),
]

/** Blank documents: the words that explain each member are not AWS's, so they are not compared. */
export const skeletons = [
  'create-key',
  'describe-key',
  'list-keys',
  'encrypt',
  'decrypt',
  're-encrypt',
  'generate-data-key',
  'generate-random',
  'create-alias',
  'tag-resource',
  'put-key-policy',
  'retire-grant',
  'schedule-key-deletion',
].flatMap((name) => [
  row(`${name} --generate-cli-skeleton`),
  row(`${name} --generate-cli-skeleton yaml-input`),
])

/** Blank answers, of the operations where the AWS CLI does not refuse its own. */
export const answerSkeletons = [
  row('list-resource-tags --key-id x --generate-cli-skeleton output'),
  row('get-key-policy --key-id x --policy-name x --generate-cli-skeleton output'),
  row('cancel-key-deletion --key-id x --generate-cli-skeleton output --output text'),
]

/**
 * What is refused in other words than AWS's, and why: a secret is not repeated, the advice is to do
 * something else, or the words are those of another library. The first words are the same.
 */
export const otherWords = [
  { ...row('encrypt --key-id alias/a --plaintext', 'not base64!'), begins: 'Invalid base64: ' },
  { ...row('encrypt --key-id alias/a --plaintext aGVsbG8'), begins: 'Invalid base64: ' },
  { ...row('list-keys --query', 'Keys['), begins: 'Bad value for --query Keys[: Invalid jmespath' },
  {
    ...row('list-keys --query', 'nope(Keys)'),
    begins: 'Unknown function: nope()',
  },
  {
    ...row('list-keys'),
    env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
    begins: 'Unable to locate credentials. ',
  },
  {
    ...row('list-keys --profile yaml'),
    env: { AWS_CONFIG_FILE: 'config' },
    begins: 'Unable to locate credentials. ',
  },
  {
    ...row('encrypt --key-id alias/a --plaintext hello --profile raw --output text'),
    env: { AWS_CONFIG_FILE: 'config' },
    begins: 'Unable to locate credentials. ',
  },
  {
    ...row('list-keys'),
    env: { AWS_DEFAULT_REGION: undefined },
    begins: 'You must specify a region. ',
  },
  { ...row('no-such-operation'), begins: 'usage: ' },
  { ...row('describe-keys'), begins: 'usage: ' },
]
