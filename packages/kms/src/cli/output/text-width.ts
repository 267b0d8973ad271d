/**
 * How many columns a text takes in a table: two for each character of the classes fullwidth, wide
 * and ambiguous of UAX #11, as AWS's command line counts, one for each other, combining ones too.
 */
export const textWidth = (text: string): number => {
  let width = 0
  for (const character of text) {
    // Most texts are ASCII, and need no table.
    width += character > '\u007f' && isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  }
  return width
}

const isWide = (code: number): boolean => {
  ranges ??= parseRanges()
  return ranges.some(([first, last]) => first <= code && code <= last)
}

let ranges: readonly (readonly [number, number])[] | undefined

const parseRanges = (): readonly (readonly [number, number])[] => {
  let next = 0
  return packedRanges.split(' ').map((range) => {
    const [gap = '', more = '0'] = range.split(':')
    const first = next + Number.parseInt(gap, 36)
    const last = first + Number.parseInt(more, 36)
    next = last + 1
    return [first, last] as const
  })
}

// From EastAsianWidth.txt of Unicode 14: for each run of characters of the classes F, W and A, how
// many characters lie between it and the run before, and how many follow its first; in base 36.
// Characters that are not assigned interrupt no run.
const packedRanges =
  '4h 2 2:1 1 2:1 1:4 1:4 1:3 6 9 6:1 5:3 4 1:2 1:1 2 1:1 3:3 1 1 2 f 1 7 a:1 3 5:2 4 6:3 1 3:3 ' +
  '1 4:1 i:1 3 2q 1 1 1 1 1 1 1 38 f 2q 2 1:2 1 2 7:3 1 1 w:33 x:o 7:g 1:6 1j e:1r 1 2i6:2n 2wg ' +
  '2:3 1:1 2:1 2:2 1:3 8 1:1 1 5 2 1h a 1:3 13 2e 1 3 9 2 a:1 3 4 13:1 6:3 1:b 4:9 f 6:9 u:1 o 1 ' +
  'i o 1:1 3:1 2 3 1 3 4 2:3 2 1 1:5 1 5:3 4:1 a 3 5 d:1 2:3 2:1 2:1 i:1 2:1 d 3 b p 2a 7:1 d:1 ' +
  '5a:3 3 2 30:3t 1:2o 4:z c:f 2:3 a:1 1:6 8:1 2:1 4:1 2:1 4:2 2 2:3 g:3 9 d:1 6:1 2 4:1 4:1 6 1 ' +
  'x 1 5:b c:1 1:2 1:3 1:1 1 f j a:1 1 8:1 h:2 4:t 1 4:n 5 4:1 s k e 1 4:2 1 u:9 l:2 o e nv:1 1f ' +
  '4:4 me:ce 2:5tq 1s:h52 wp:s hv:8mb 1ng:5ax me:p m:1n 45:2n 3j:6 m m3m:d97 c20 5m 1c:a 5:t ' +
  '2:1l 6:1o 2b:80 c:8 1:1x 1:l c:16 4:4 c:g 3 3:1y 1 1:56 2:1q d:3 1:n i q:1 d 2e:2c 1c:1x 6 ' +
  '3:2 2:a b:1 7:8 6b:g 7v:1a 1:9 1:54 34:3q zt:1idm fcmt:47i5'
