import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRows, holds, isPossible } from './support.ts'

test('IpAddress compares with a range of IPv4 addresses', () => {
  checkRows('IpAddress', 'NotIpAddress', [
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3/32', '10.1.2.3', true],
    ['10.1.2.3/31', '10.1.2.2', true],
    ['10.1.2.3/31', '10.1.2.4', false],
    ['192.168.128.0/17', '192.168.127.255', false],
    ['192.168.128.0/17', '192.168.128.0', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['128.0.0.0/1', '255.0.0.0', true],
    ['128.0.0.0/1', '127.0.0.0', false],
  ])
})

test('IpAddress compares with a range of IPv6 addresses, in any spelling', () => {
  checkRows('IpAddress', 'NotIpAddress', [
    ['2001:db8::/32', '2001:0DB8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8:8000::/33', '2001:db8:7fff::', false],
    ['2001:db8:8000::/33', '2001:db8:8000::', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::1/128', '::2', false],
    ['::/0', 'fe80::1%eth0', true],
    ['::/0', '10.0.0.1', false],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', true],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8', true],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', true],
  ])
})

test('an IPv4 address inside an IPv6 one is an IPv4 address', () => {
  checkRows('IpAddress', 'NotIpAddress', [
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::/0', '::ffff:10.1.2.3', false],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['10.0.0.0/8', '1::ffff:10.1.2.3', false],
    ['10.0.0.0/8', '::1:ffff:10.1.2.3', false],
  ])
})

test('what is no address or no range is refused', () => {
  for (const value of [
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.256.1',
    '10.256.0.1',
    '256.0.0.1',
    '010.0.0.1',
    '10.0.0.1.1',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.*',
    '::/129',
    '1::2::3',
    ':::',
    ':1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::ffff:10.0.0.0/95',
    '10.0.0.1::',
    '1%x:2:3:4:5:6:7:8',
    'localhost',
  ])
    assert.equal(isPossible('IpAddress', value), false, value)
  assert.equal(holds({ operator: 'IpAddress', wanted: '0.0.0.0/0', actual: '' }), false)
})

test('an IPv6 address is one for this parser exactly where it is one for Node', () => {
  const piece = fc.constantFrom('::', ':', '1', 'ffff', '0', '12345', '10.0.0.1', 'g')
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      assert.equal(isPossible('IpAddress', text), isIP(text) !== 0, text)
    }),
    { numRuns: 20_000 },
  )
})
