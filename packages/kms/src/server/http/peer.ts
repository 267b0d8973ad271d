import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** What protects a connection; `undefined` where nothing does. */
export const tlsOf = (
  socket: Socket,
): { readonly version: string; readonly cipher: string } | undefined => {
  if (!(socket instanceof TLSSocket)) return undefined
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName }
}

/** Whether the certificate that the handshake has verified has one of the names; none: any does. */
export const hasAdmittedName = (socket: Socket, names: readonly string[] | undefined): boolean =>
  names === undefined ||
  (socket instanceof TLSSocket && names.includes(String(socket.getPeerCertificate().subject.CN)))
