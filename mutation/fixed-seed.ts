import fc from 'fast-check'

/**
 * Loaded before every test file of a mutation run. Arbitrary input is the same for every mutant, so
 * that a second run finds what the first one found; and a failure ends the test at once, for nobody
 * reads the smallest input that shows it.
 */
fc.configureGlobal({ seed: 2_606_1116, endOnFailure: true })
