import { readFileSync } from 'node:fs'

/** `keyhold/0.1.0 Node/26.10.0 linux/x64`. */
export const versionLine = (): string => {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  const node = process.versions.node
  return `keyhold/${version} Node/${node} ${process.platform}/${process.arch}\n`
}
