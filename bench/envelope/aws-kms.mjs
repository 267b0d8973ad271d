/** The client of AWS's SDK, of the version that client-node brings. */
export { KMS } from '@aws-crypto/client-node'
