/** A ciphertext names its material by the first half of the id, and the Region it is sent to. */
export const materialRowId = (region: string, materialIdHalf: string): string =>
  `${region}/${materialIdHalf}`

export const materialRowOf = (region: string, materialId: string): string =>
  materialRowId(region, materialId.slice(0, 32))
