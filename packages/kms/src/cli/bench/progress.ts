import type { Sink } from '../io.ts'

const redrawMs = 250
const barWidth = 24
const clearLine = '\r\u001b[K'

/** Redraws a line on a terminal until it is stopped, and then takes it away; elsewhere does nothing. */
export const showProgress = (
  sink: Sink,
  durationMs: number,
  nowMs: () => number,
  look: () => { readonly count: number; readonly failed: number },
): (() => void) => {
  if (sink.isTTY !== true) return () => undefined
  const startMs = nowMs()
  const draw = (): void => {
    const elapsedMs = nowMs() - startMs
    sink.write(
      clearLine + progressLine(elapsedMs, durationMs, look()).slice(0, (sink.columns ?? 80) - 1),
    )
  }
  const timer = setInterval(draw, redrawMs)
  return () => {
    clearInterval(timer)
    sink.write(clearLine)
  }
}

/** How far, how fast until now, and what failed. */
export const progressLine = (
  elapsedMs: number,
  durationMs: number,
  { count, failed }: { readonly count: number; readonly failed: number },
): string => {
  const part = Math.min(1, elapsedMs / durationMs)
  const filled = Math.round(part * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const perSecond = elapsedMs > 0 ? Math.round((count / elapsedMs) * 1000) : 0
  const left = Math.ceil(Math.max(0, durationMs - elapsedMs) / 1000)
  const told = failed === 0 ? '' : `  ${failed} failed`
  return `${`${Math.floor(part * 100)}%`.padStart(4)} ${bar}  ${perSecond}/s  ${left} s left${told}`
}
