/** What a client of custom key stores has to wait for, or to try again. */
import { setTimeout as pause } from 'node:timers/promises'

const pauseMs = 25
const waitMsMax = 20_000

/** Resolves to what `look` finds, as soon as `isRight` for it. */
export const until = async (look, isRight) => {
  const endMs = Date.now() + waitMsMax
  for (;;) {
    const found = await look()
    if (isRight(found)) return found
    if (Date.now() > endMs) throw new Error(`it stays ${JSON.stringify(found)}`)
    await pause(pauseMs)
  }
}

/** Resolves to what is told of a store, once its connection is in that state. */
export const untilConnection = (call, CustomKeyStoreId, state) =>
  until(
    async () => (await call('DescribeCustomKeyStores', { CustomKeyStoreId })).CustomKeyStores[0],
    ({ ConnectionState }) => ConnectionState === state,
  )

/** A proxy has a quarter of a second to answer, which is little on a busy machine. */
export const inTime = async (work) => {
  for (let left = 10; ; left -= 1)
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !/did not respond in time/.test(error.message)) throw error
    }
}
