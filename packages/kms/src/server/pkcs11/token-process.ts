import { type Ffi, CryptokiModule } from './module.ts'
import type { TokenPlace, TokenReply, TokenRequest, TokenTask } from './messages.ts'
import { failureOf, isSessionLost } from './token-error.ts'
import { Token } from './token.ts'

// A process with a PKCS #11 module in it, which may crash or hang without harm to the service.

type Works = {
  readonly [K in TokenTask['kind']]: (task: Extract<TokenTask, { kind: K }>) => unknown
}

const worksOf = (token: Token): Works => ({
  probe: () => token.probe(),
  logIn: ({ pin }) => {
    token.logOut()
    try {
      token.logIn(pin)
    } finally {
      pin.fill(0)
    }
  },
  createKey: ({ name }) => token.createKey(name),
  destroyKey: ({ name }) => token.destroyKey(name),
  encrypt: ({ name, plaintext, aad }) => {
    try {
      return token.encrypt(name, plaintext, aad)
    } finally {
      plaintext.fill(0)
    }
  },
  decrypt: ({ name, outer, aad }) => token.decrypt(name, outer, aad),
  random: ({ length }) => token.random(length),
})

const openToken = async ({ module, token, binding }: TokenPlace): Promise<Token> => {
  const { default: ffi } = (await import(binding)) as { readonly default: Ffi }
  return new Token(new CryptokiModule(ffi, module), token)
}

const serve = (place: TokenPlace): void => {
  let works: Promise<Works> | undefined
  const answer = async ({ id, task }: TokenRequest): Promise<TokenReply> => {
    try {
      const work = (await (works ??= openToken(place).then(worksOf)))[task.kind]
      return { id, result: work(task as never) }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { id, failure: failureOf(error), message, isSessionLost: isSessionLost(error) }
    }
  }
  process.on('message', (request: TokenRequest) => {
    void answer(request).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit())
}

serve(JSON.parse(process.argv[2] ?? '') as TokenPlace)
