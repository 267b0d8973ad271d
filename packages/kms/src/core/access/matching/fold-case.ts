/**
 * The one form of a name that policies compare without regard to case: actions, condition keys,
 * and the keys of an encryption context where a condition or a grant names them. Whoever computes
 * such a name folds it here, so that no two parts of the service disagree about what is equal.
 */
export const foldCase = (name: string): string => name.toLowerCase()
