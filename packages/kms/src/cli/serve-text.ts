import type { NewCredential } from '../server/bootstrap.ts'
import type { Mode } from '../server/sealing.ts'

/** The root credential, told once. */
export const credentialText = ({ accessKeyId, secretAccessKey }: NewCredential): string => `
The root credential of the account. It is not stored in clear and is never shown
again: keep it in a safe place.

  AWS_ACCESS_KEY_ID=${accessKeyId}
  AWS_SECRET_ACCESS_KEY=${secretAccessKey}

`

export type Ready = {
  readonly endpoint: string
  readonly mode: Mode
  readonly dataDir: string
}

/** What to do next, for whoever started the service on a terminal. */
export const readyText = ({ endpoint, mode, dataDir }: Ready): string => `
Keyhold is ready at ${endpoint}
${mode === 'evaluation' ? evaluationText : ''}
In another terminal:

${mode === 'evaluation' ? `  eval "$(keyhold env --data-dir '${dataDir}')"\n` : ''}  keyhold kms create-key --endpoint-url ${endpoint}
  aws kms create-key --endpoint-url ${endpoint}

Press Ctrl-C to stop.
`

const evaluationText = `
EVALUATION MODE: the key that seals everything lies beside the data. Whoever copies
the directory can read it all. For production name a --seal-key-file elsewhere.
`
