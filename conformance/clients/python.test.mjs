import { testChecks } from './python/run-checks.mjs'
import { setting } from './setting.mjs'

await testChecks('boto3', 'boto3_checks.py', setting)
await testChecks('boto3, restricted', 'access_checks.py', setting)
await testChecks('libmongocrypt (PyMongoCrypt)', 'mongocrypt_checks.py', setting)
