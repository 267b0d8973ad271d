import { KmsError } from '../../api/errors.ts'
import { amzDate } from '../../api/sigv4-canonical.ts'
import { remembering } from '../../core/remembering.ts'

/** How far a client's clock may be from ours, either way. */
export const skewMinutesMax = 5

const skewMs = skewMinutesMax * 60_000

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`; `undefined` if it is not a moment in that form. */
export const parseAmzDate = remembering((text) => {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined
  const part = (from: number, to: number): number => Number(text.slice(from, to))
  const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)]
  const [hour, minute, second] = [part(9, 11), part(11, 13), part(13, 15)]
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC carries 30 February or 24:00 over, and takes year 26 for 1926: it reads another date.
  return amzDate(ms) === text ? ms : undefined
})

/** Throws unless the date is within the allowed skew of `nowMs`, whole seconds compared. */
export const requireCurrent = (date: string, nowMs: number): void => {
  const dateMs = parseAmzDate(date)
  if (dateMs === undefined) {
    throw new KmsError(
      'IncompleteSignatureException',
      `Date must be in ISO-8601 'basic format'. Got '${date.slice(0, 64)}'. ` +
        'See http://en.wikipedia.org/wiki/ISO_8601',
    )
  }
  const now = nowMs - (nowMs % 1000)
  if (dateMs < now - skewMs) {
    throw new KmsError(
      'InvalidSignatureException',
      `Signature expired: ${date} is now earlier than ${amzDate(now - skewMs)} ` +
        `(${amzDate(now)} - ${skewMinutesMax} min.)`,
    )
  }
  if (dateMs > now + skewMs) {
    throw new KmsError(
      'InvalidSignatureException',
      `Signature not yet current: ${date} is still later than ${amzDate(now + skewMs)} ` +
        `(${amzDate(now)} + ${skewMinutesMax} min.)`,
    )
  }
}
