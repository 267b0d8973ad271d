/** What a principal's ARN, or an account id, points at. */
export type PrincipalReference = {
  readonly kind: 'account' | 'user' | 'role' | 'session' | 'federatedUser'
  readonly account: string
  /**
   * One text for each principal, however it is written: an account's id and its root's ARN have the
   * same. It leaves out the partition, for the service has one set of identities for all Regions.
   * Apart from that it is case-sensitive, as IAM's names are in the Principal element.
   */
  readonly name: string
}

export const isAccountId = (text: string): boolean => /^[0-9]{12}$/.test(text)

const arnForm = /^arn:aws(?:-cn|-us-gov)?:(?<service>iam|sts)::(?<account>[0-9]{12}):(?<rest>.+)$/
/**
 * After the kind: a path and a name; of a session, the role's name and its own. A name is letters,
 * digits and a few signs, a path anything that can be seen.
 */
const restForms = [
  { kind: 'user', service: 'iam', form: /^user\/(?:[!-~]*\/)?[\w+=,.@-]+$/ },
  { kind: 'role', service: 'iam', form: /^role\/(?:[!-~]*\/)?[\w+=,.@-]+$/ },
  { kind: 'session', service: 'sts', form: /^assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/ },
  { kind: 'federatedUser', service: 'sts', form: /^federated-user\/[\w+=,.@-]+$/ },
] as const

/**
 * Reads a principal that AWS signs for: an account id or the ARN of a root, user, role, role
 * session or federated user. `undefined` for everything else, so also for an ARN with a wildcard:
 * "you cannot use a wildcard to match part of a principal name or ARN".
 */
export const parsePrincipal = (text: string): PrincipalReference | undefined =>
  /[*?]/.test(text) ? undefined : parseOwnArn(text)

/** As `parsePrincipal`, of who asks: a path may have an asterisk in it, which is one here. */
export const parseOwnArn = (text: string): PrincipalReference | undefined => {
  if (isAccountId(text)) return { kind: 'account', account: text, name: text }
  const parts = arnForm.exec(text)?.groups
  if (parts === undefined) return undefined
  const { service, account = '', rest = '' } = parts
  if (service === 'iam' && rest === 'root') return { kind: 'account', account, name: account }
  const found = restForms.find((each) => each.service === service && each.form.test(rest))
  return found && { kind: found.kind, account, name: `${account}:${rest}` }
}

/**
 * The name of an identity provider: an OIDC or SAML provider by its ARN, without the partition;
 * or, as AWS knows it for a few public ones, by its domain.
 */
export const providerName = (text: string): string =>
  text.replace(/^arn:aws(?:-cn|-us-gov)?:iam::/, 'federated:')

const providerForm =
  /^(?:arn:aws(?:-cn|-us-gov)?:iam::[0-9]{12}:(?:oidc|saml)-provider\/[!-)+->@-~]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/

export const isProvider = (text: string): boolean => providerForm.test(text)

const serviceForm = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/

/** An AWS service. None ever calls, so a statement that names one allows and denies nobody. */
export const isService = (text: string): boolean => serviceForm.test(text)
