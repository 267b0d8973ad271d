import { type ServicePlace, signedRequest } from '../signed-request.ts'
import { exchange } from '../wire.ts'

/** An input as it is sent: bytes in it as base64. */
export const wireInput = (input: object): object =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  )

/** One call; its answer's members, which the caller knows. */
export const ask = async (
  place: ServicePlace,
  operation: string,
  input: object,
): Promise<unknown> => {
  const request = signedRequest(place, operation, wireInput(input), Date.now())
  return JSON.parse(await exchange(place.port, request))
}

/** Makes a key; its id. */
export const newKey = async (
  place: ServicePlace,
  KeySpec: string,
  KeyUsage: string,
): Promise<string> => {
  const made = (await ask(place, 'CreateKey', { KeySpec, KeyUsage })) as {
    KeyMetadata: { KeyId: string }
  }
  return made.KeyMetadata.KeyId
}
