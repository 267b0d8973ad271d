/** Keeps the direction of imports: what a folder may import is said here, and nowhere else. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

type Rule = {
  readonly folder: string
  /** Folders of the same package that it may import, beside itself. */
  readonly may: readonly string[]
  /** Packages of the registry that it may import. Node's own modules are always allowed. */
  readonly packages: readonly string[]
}

const rules: readonly Rule[] = [
  { folder: 'packages/envelope/src', may: [], packages: [] },
  { folder: 'packages/kms/src/api', may: [], packages: [] },
  {
    folder: 'packages/kms/src/core',
    may: ['packages/kms/src/api'],
    packages: [
      '@noble/curves/ed25519.js',
      '@noble/curves/nist.js',
      '@noble/curves/secp256k1.js',
      '@noble/post-quantum/ml-dsa.js',
    ],
  },
  {
    folder: 'packages/kms/src/server',
    may: ['packages/kms/src/api', 'packages/kms/src/core'],
    packages: ['@peculiar/x509', 'reflect-metadata'],
  },
  { folder: 'packages/kms/src/client', may: ['packages/kms/src/api'], packages: [] },
  {
    folder: 'packages/kms/src/cli',
    may: ['packages/kms/src/api', 'packages/kms/src/client'],
    packages: [
      '@aws-sdk/credential-provider-node',
      '@smithy/shared-ini-file-loader',
      'jmespath',
      'smol-toml',
      'yaml',
    ],
  },
]

/** The commands that start or read a service; every other file of the command line stays clear. */
const composing = [
  'serve.ts',
  'serve-text.ts',
  'serve-worker.ts',
  'evaluation-client.ts',
  'dev-credentials.ts',
  'hsm-clusters.ts',
  'init.ts',
  'env.ts',
  'tell-failure.ts',
].map((name) => join('packages/kms/src/cli', name))

/** The commands that encrypt files: they alone of the command line load the SDK. */
const encrypting = join('packages/kms/src/cli/files', '/')

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`. */
const importForms = [
  /^(?:import|export)\s[^'"`;=]*?from\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'\s*\)/g,
]

const faults: string[] = []
for (const rule of rules) {
  for (const file of globSync(`${rule.folder}/**/*.ts`, { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    const imports = importForms.flatMap((form) => [...text.matchAll(form)])
    for (const [, specifier = ''] of imports) {
      if (!allowed(rule, file, specifier)) faults.push(`${file} must not import ${specifier}`)
    }
  }
}
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exitCode = 1
}

function allowed(rule: Rule, file: string, specifier: string): boolean {
  if (specifier.startsWith('node:')) return true
  if (specifier === '@keyhold/envelope' && file.startsWith(encrypting)) return true
  if (!specifier.startsWith('.')) return rule.packages.includes(specifier)
  const target = relative(root, join(root, dirname(file), specifier))
  const may = composing.includes(file) ? [...rule.may, 'packages/kms/src/server'] : rule.may
  return [rule.folder, ...may].some((folder) => target.startsWith(`${folder}/`))
}
