import { test } from 'node:test'
import { refuses, signed, verify, withHeader } from './signed.ts'

test('a request without an AWS signature has no authentication token', () => {
  for (const change of [
    () => undefined,
    () => '',
    () => 'Bearer abc',
    () => 'Basic YTpi',
    () => 'AWS AKIAALICE:abc=',
  ]) {
    refuses(
      () => verify(withHeader(signed(), 'authorization', change)),
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    )
  }
})

const of = (value: string) => () => verify(withHeader(signed(), 'authorization', () => value))

test('an Authorization header that lacks a part is told which, and never shown', () => {
  refuses(
    of('AWS4-HMAC-SHA256 Signature=b'),
    'IncompleteSignatureException',
    "Authorization header requires 'Credential' parameter. Authorization header requires " +
      "'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=" +
      'Y0zwwQu40TWIHa9utCyh+TOdkP5BDFAkHaHf/G+3SCE=',
  )
  refuses(
    of('AWS4-HMAC-SHA256'),
    'IncompleteSignatureException',
    /'Credential' parameter\. .*'Signature' parameter\. .*'SignedHeaders' parameter\. /,
  )
  refuses(
    of('AWS4-HMAC-SHA256 Credential, SignedHeaders=a, Signature=b'),
    'IncompleteSignatureException',
    /^Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed/,
  )
  refuses(
    of('AWS4-HMAC-SHA512 Credential=a/b/c/d/e, SignedHeaders=a, Signature=b'),
    'IncompleteSignatureException',
    "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). ",
  )
  refuses(
    of('AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d, SignedHeaders=a, Signature=b'),
    'IncompleteSignatureException',
    /^Unsupported AWS 'algorithm'/,
  )
  refuses(
    of('AWS4-HMAC-SHA256 Signature=a, SignedHeaders=b, Credential=c'),
    'IncompleteSignatureException',
    /must read/,
  )
  refuses(
    () => verify(withHeader(signed(), 'x-amz-date', () => undefined)),
    'IncompleteSignatureException',
    /^Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. \(H/,
  )
})

test('an Authorization header has its three parts in one order, a space between them or none', () => {
  for (const change of [
    (value: string) => value.replaceAll(', ', ','),
    (value: string) => value.replace(', SignedHeaders', ',SignedHeaders'),
    (value: string) => value.replace(', Signature', ',Signature'),
  ])
    verify(withHeader(signed(), 'authorization', change))
  for (const change of [
    (value: string) => value.replaceAll(', ', ' '),
    (value: string) => value.replace(', SignedHeaders', '  SignedHeaders'),
    (value: string) => value.replace(', Signature', '  Signature'),
    (value: string) => value.replace(', Signature', ',  Signature'),
    (value: string) => value.replace(', SignedHeaders', ',  SignedHeaders'),
    (value: string) => value.replace('AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256  '),
  ])
    refuses(
      () => verify(withHeader(signed(), 'authorization', change)),
      'IncompleteSignatureException',
      "Authorization header must read 'AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…'.",
    )
})

test('a part without a name is none, and of a long algorithm only the beginning is repeated', () => {
  refuses(of('AWS4-HMAC-SHA256 =a'), 'IncompleteSignatureException', /requires 'Credential' param/)
  refuses(
    of(`AWS4-${'A'.repeat(70)} Credential=a, SignedHeaders=b, Signature=c`),
    'IncompleteSignatureException',
    `Unsupported AWS 'algorithm': 'AWS4-${'A'.repeat(59)}' (only AWS4-HMAC-SHA256 for now). `,
  )
})
