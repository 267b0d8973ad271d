import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { benchFlags } from '../../src/cli/bench/flag-table.ts'
import { shells, type Shell } from '../../src/cli/completion/scripts.ts'
import { fileFlags } from '../../src/cli/files/flag-table.ts'
import { commandNames, findCommand, optionsOf } from '../../src/cli/flags.ts'
import { settings } from '../../src/cli/settings/table.ts'
import { accountService } from '../../src/cli/services/account.ts'
import { iamService } from '../../src/cli/services/iam.ts'
import { kmsService } from '../../src/cli/services/kms.ts'
import { stsService } from '../../src/cli/services/sts.ts'
import { keyhold } from './fake-service.ts'

const services = [kmsService, iamService, stsService, accountService]

const scriptOf = async (shell: Shell): Promise<string> => {
  const { stdout, code } = await keyhold(['completion', shell])
  assert.equal(code, 0)
  return stdout
}

/** A flag as the script of a shell has it. */
const wordOf = (shell: Shell, flag: string): string => {
  if (shell !== 'fish') return flag
  return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
}

test('the completion scripts know every operation and every flag', async () => {
  for (const shell of shells) {
    const script = await scriptOf(shell)
    const places = services.flatMap((service) =>
      commandNames(service).map((name) => ({ service, name })),
    )
    for (const { service, name } of places) {
      assert.ok(script.includes(name), `${shell} ${name}`)
      const command = findCommand(service, name)
      for (const option of command === undefined ? [] : optionsOf(command))
        assert.ok(script.includes(wordOf(shell, option.name)), `${shell} ${name} ${option.name}`)
    }
  }
})

test('they know every flag of each command for files, and of the service', async () => {
  const flags = [
    ...fileFlags.flatMap(({ name, short, on }) =>
      on.flatMap((command) => [
        [command, name],
        ...(short === undefined ? [] : [[command, short]]),
      ]),
    ),
    ...Object.values(settings).map(({ flag }) => ['serve', `--${flag}`]),
    ...benchFlags.map(({ name }) => ['bench', name]),
    ['env', '--format'],
    ['init', '--seal-key-file'],
  ]
  for (const shell of shells) {
    const script = await scriptOf(shell)
    const lines = script.split('\n')
    for (const [command = '', flag = ''] of flags) {
      const place = shell === 'fish' ? `from ${command}` : `${command}:*:-)`
      const word = wordOf(shell, flag)
      const isThere = lines.some(
        (line) => line.includes(place) && line.split(/[ "]+/).join(' ').includes(` ${word} `),
      )
      assert.ok(isThere, `${shell} ${command} ${flag}`)
    }
  }
})

/** What bash completes the line with. */
const completed = (script: string, line: string): readonly string[] => {
  const driver = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyhold; printf '%s\\n' "\${COMPREPLY[@]}"`
  const words = execFileSync('bash', ['-c', driver, 'bash', ...line.split(' ')])
  return words.toString().trim().split('\n')
}

test('bash completes commands, flags and closed lists of values, wherever they stand', async () => {
  const script = await scriptOf('bash')
  const policies = ['require-encrypt-allow-decrypt', 'require-encrypt-require-decrypt']
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['keyhold enc', ['encrypt']],
    ['keyhold --decrypt-', ['--decrypt-unsigned']],
    ['keyhold --region eu-west-1 kms describe-k', ['describe-key']],
    ['keyhold encrypt --commit', ['--commitment-policy']],
    ['keyhold encrypt -k alias/app --commitment-policy req', policies],
    ['keyhold -S -e -i file --commitment-policy req', policies],
    ['keyhold decrypt --disc', ['--discovery']],
    ['keyhold encrypt --disc', ['']],
    ['keyhold encrypt file', ['']],
    ['keyhold kms encrypt --encryption-a', ['--encryption-algorithm']],
    ['keyhold iam create-u', ['create-user']],
    ['keyhold iam list-policies --scope ', ['All', 'AWS', 'Local']],
    ['keyhold sts assume-role-', ['assume-role-with-web-identity']],
    ['keyhold account dis', ['disable']],
    ['keyhold serve --log-format ', ['text', 'json']],
    ['keyhold env --format p', ['powershell']],
    ['keyhold completion ', [...shells]],
  ]
  for (const [line, words] of rows) assert.deepEqual(completed(script, line), words, line)
})

test('the completion command tells how a shell loads it', async () => {
  for (const args of [['--help'], ['help'], ['bash', '-h']]) {
    const { stdout, code } = await keyhold(['completion', ...args])
    assert.equal(code, 0)
    for (const shell of shells) assert.match(stdout, new RegExp(`^ {2}${shell} `, 'm'))
  }
})

test('the completion script of another shell is refused', async () => {
  const ran = await keyhold(['completion', 'csh'])
  assert.equal(ran.code, 252)
  assert.match(ran.stderr, /the shell is one of bash, zsh, fish/)
})
