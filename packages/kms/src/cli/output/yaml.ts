import type { Document } from 'yaml'
import type { Json } from '../../client/json.ts'

/**
 * YAML as AWS's command line prints it: blocks, names sorted, sequences not indented. A bare scalar
 * is printed as JSON, without the marks that YAML would need around it.
 */
export const formatYaml = async (value: Json): Promise<string> => {
  if (value === null || typeof value !== 'object') return `${JSON.stringify(value)}\n`
  const { Document: YamlDocument } = await import('yaml')
  const document: Document = new YamlDocument(value, {
    // YAML 1.1, which its readers in the Python world still speak: `yes` has to be quoted there.
    version: '1.1',
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  })
  return document.toString({
    indentSeq: false,
    singleQuote: true,
    blockQuote: false,
    directives: false,
    // A value stays on one line, which is what scripts look for.
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  })
}
