import { testChecks } from './python/run-checks.mjs'
import { setting } from './setting.mjs'

await testChecks('signatures and RSA ciphertexts (cryptography)', 'signature_checks.py', setting)
