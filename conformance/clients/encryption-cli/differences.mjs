/**
 * Where `keyhold` does something else than the AWS Encryption CLI, on purpose: what each of them
 * does, and what it leaves behind (`undefined`: nothing of that name).
 */
const e = 'aws-encryption-cli -e -S -w key=$KEY'
const d = 'aws-encryption-cli -d -S -w key=$KEY'
const sealed = `${e} -i tree/a -o sealed -c purpose=test`

const succeeds = (leaves) => ({ succeeds: true, leaves })
const fails = (leaves) => ({ succeeds: false, leaves })

export const differences = [
  {
    title: 'another encryption context than the one that is asked for is a failure, and no success',
    prepare: sealed,
    script: `${d} -i sealed -o opened -c purpose=other`,
    theirs: succeeds({ opened: undefined }),
    ours: fails({ opened: undefined }),
  },
  {
    title: 'a file that fails leaves an older output as it was, and does not destroy it',
    prepare: `${sealed}; printf x >> empty; head -c 100 sealed > short`,
    script: `${d} -i short -o empty`,
    theirs: fails({ empty: undefined }),
    ours: fails({ empty: 'x' }),
  },
  {
    title: 'another context leaves an older output as it was, and does not destroy it',
    prepare: `${sealed}; printf x >> empty`,
    script: `${d} -i sealed -o empty -c purpose=other`,
    theirs: succeeds({ empty: undefined }),
    ours: fails({ empty: 'x' }),
  },
  {
    title: 'a directory that is skipped, for -r is not there, is a failure',
    script: `${e} -i tree -o out`,
    theirs: succeeds({ 'out/a.encrypted': undefined }),
    ours: fails({ 'out/a.encrypted': undefined }),
  },
  {
    title: 'a file that is skipped because of --no-overwrite is a failure',
    script: `${e} -i plain -o tree/a --no-overwrite`,
    theirs: succeeds({ 'tree/a': 'first' }),
    ours: fails({ 'tree/a': 'first' }),
  },
  {
    title: 'a file that is skipped because the answer was no is a failure',
    script: `echo n | ${e} -i plain -o tree/a --interactive`,
    theirs: succeeds({ 'tree/a': 'first' }),
    ours: fails({ 'tree/a': 'first' }),
  },
  {
    title: 'names that the message format keeps for itself are refused in a context',
    script: `${e} -i tree/a -o sealed -c aws-crypto-x=1; x=$?; rm -f sealed; exit $x`,
    theirs: succeeds(),
    ours: fails(),
  },
  {
    title: 'a name that is twice in a context is refused',
    script: `${e} -i tree/a -o sealed -c a=1 a=2; x=$?; rm -f sealed; exit $x`,
    theirs: succeeds(),
    ours: fails(),
  },
  {
    title: 'messages without frames are read, and not written',
    script: `${e} -i tree/a -o sealed --frame-length 0 && ${d} -i sealed -o opened`,
    theirs: succeeds({ opened: 'first' }),
    ours: fails({ sealed: undefined }),
  },
  {
    title: 'a link to a directory in a tree is told of',
    prepare: 'ln -s ../back tree/link',
    script: `${e} -r -i tree -o out`,
    theirs: succeeds({ 'out/link': undefined }),
    ours: fails({ 'out/link': undefined }),
  },
  {
    title: 'a number sign inside a word of an argument file is a part of the word',
    prepare: "echo '-S -w key='$KEY' -i tree/a -o sealed#1' > words",
    script: 'aws-encryption-cli -e @words && mv sealed#1 with-sign',
    theirs: fails(),
    ours: succeeds(),
  },
  {
    title: 'the question before a file is replaced does not go to stdout',
    script: `echo y | ${e} -i plain -o tree/a --interactive > answer; test -s answer`,
    theirs: succeeds(),
    ours: fails({ answer: '' }),
  },
  {
    title: 'bytes behind the end of a message are refused',
    prepare: `${e} -i tree/a -o whole; (cat whole; printf x) > sealed`,
    script: `${d} -i sealed -o opened`,
    theirs: succeeds({ opened: 'first' }),
    ours: fails({ opened: undefined }),
  },
  {
    title: 'the directory of an output is made where it is not there',
    script: `${e} -i tree/a -o new/sealed && ${d} -i new/sealed -o new/opened`,
    theirs: fails({ new: undefined }),
    ours: succeeds({ 'new/opened': 'first' }),
  },
  {
    title: 'nothing has to be said about metadata',
    script: `aws-encryption-cli -e -w key=$KEY -i tree/a -o sealed && ${d} -i sealed -o opened`,
    theirs: fails({ sealed: undefined }),
    ours: succeeds({ opened: 'first' }),
  },
  {
    title: 'an output need not be named',
    script: `${e} -i tree/a && ${d} -i tree/a.keyhold -o opened`,
    theirs: fails({ 'tree/a.keyhold': undefined }),
    ours: succeeds({ opened: 'first' }),
  },
  {
    title: 'a key that decrypts may be named by its alias',
    prepare: sealed,
    script: 'aws-encryption-cli -d -S -i sealed -o opened -w key=alias/cli',
    theirs: fails({ opened: undefined }),
    ours: succeeds({ opened: 'first' }),
  },
  {
    title: 'keys of one’s own may lie in files',
    prepare: 'head -c 32 /dev/urandom > key',
    script:
      'aws-encryption-cli -e -S -i tree/a -o sealed -w provider=raw-aes key-file=key && ' +
      'aws-encryption-cli -d -S -i sealed -o opened -w provider=raw-aes key-file=key',
    theirs: fails({ sealed: undefined }),
    ours: succeeds({ opened: 'first' }),
  },
]
