/** Text of a file's name or of a message may hold anything; what moves a cursor is left out here. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
