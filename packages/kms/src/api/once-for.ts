/**
 * The same function, which works out once what it says of an object, and forgets it with the object:
 * for rows, which are constants, and for records that are replaced and never changed.
 */
export const onceFor = <K extends object, T extends object | string>(
  work: (of: K) => T,
): ((of: K) => T) => {
  const known = new WeakMap<K, T>()
  return (of) => {
    let made = known.get(of)
    if (made === undefined) {
      made = work(of)
      known.set(of, made)
    }
    return made
  }
}
