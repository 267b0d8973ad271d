import { Socket, type SocketConstructorOpts } from 'node:net'

/**
 * A socket, and who is given what comes over it, in the order of the wire. The memory is only lent:
 * once he returns, it is read into again.
 */
export type Reading = {
  readonly socket: Socket
  onBytes: (lent: Buffer) => void
}

const nobody = (): void => undefined

/** Reads as streams do: with memory made for each read. */
export const readAsStream = (socket: Socket): Reading => {
  const reading: Reading = { socket, onBytes: nobody }
  socket.on('data', (bytes: Buffer) => reading.onBytes(bytes))
  // It may have been accepted as one to be read later.
  socket.resume()
  return reading
}

/** What all connections are read into, one after the other; as large as what Node reads at once. */
const shared = Buffer.allocUnsafeSlow(65_536)

/** TypeScript knows of the one kind of handle that is documented. */
type Handle = SocketConstructorOpts['handle']
type WithHandle = Socket & { _handle?: Handle | null }

/**
 * Reads without a stream. A server of `node:net` gives every read 64 KiB of new memory, cut down to
 * what has come; a socket that is made with `onread` is read into the same memory again and again,
 * but only who connects can ask for it. So the accepted connection, on which nothing has been read
 * (`pauseOnConnect`), goes over to a socket of our own. That takes its handle, which Node has had
 * under this name ever since, but does not document: without one, it is read as a stream.
 */
export const readDirectly = (accepted: Socket): Reading => {
  const { _handle: handle } = accepted as WithHandle
  if (handle === undefined || handle === null) return readAsStream(accepted)
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: shared,
      callback: (length: number): boolean => {
        reading.onBytes(shared.subarray(0, length))
        return true
      },
    },
  }
  ;(accepted as WithHandle)._handle = null
  const socket = new Socket(options)
  const reading: Reading = { socket, onBytes: nobody }
  // The server counts the connection that it accepted, until that one is closed.
  socket.once('close', () => accepted.destroy())
  return reading
}
