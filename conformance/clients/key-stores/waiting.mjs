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

const late = /did not respond in time/
const lateOrNotThere = /did not respond in time|cannot communicate/

/**
 * Does it again when it fails for lack of time: a proxy has a quarter of a second to answer, which
 * is little on a busy machine. That a connection is late cannot be told from a proxy that is away,
 * so that `isThere`, for who has one already, is the stricter way.
 */
export const inTime = async (work, { isThere = false } = {}) => {
  const lacksTime = isThere ? late : lateOrNotThere
  for (let left = 10; ; left -= 1)
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !lacksTime.test(error.message)) throw error
    }
}
