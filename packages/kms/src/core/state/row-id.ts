/**
 * Ids sort by code units here and by UTF-8 bytes in a database: in ASCII these agree. And they come
 * back as they were written, which bytes that are no UTF-8 do not.
 */
export const isRowId = (id: string): boolean => /^[\x20-\x7e]{1,1024}$/.test(id)
