import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicIp, mayReceive, nameOf } from './webhook-address.ts'

describe('an address of a webhook in production', () => {
  it.each([
    'https://example.com/hooks',
    'https://hooks.example.co.uk:8443/a?b=c',
    'https://93.184.215.14/',
    'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/',
    'https://xn--bcher-kva.example/',
    'https://internal.example.com/',
    'https://example.com:443/',
  ])('may be %s', (address) => {
    expect(mayReceive(address, 'public-only')).toBe(true)
  })

  it.each([
    // No https, or none at all.
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'example.com',
    '',
    // Credentials would end up in somebody's log.
    'https://user:secret@example.com/',
    'https://user@example.com/',
    // Ports of other services.
    'https://example.com:22/',
    'https://example.com:25/',
    'https://example.com:80/',
    'https://example.com:0/',
    // This machine, in all spellings.
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.255.255.254/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://①②⑦.0.0.1/',
    'https://0.0.0.0/',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:0:0:1]/',
    // Private networks, carriers' and providers' own.
    'https://10.0.0.1/',
    'https://10.1/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://3232235777/',
    'https://0300.0250.1.1/',
    'https://100.64.0.1/',
    'https://100.100.100.200/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[fc00::1]/',
    // Nobody's, or everybody's.
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://203.0.113.9/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://[100::1]/',
    'https://[4000::1]/',
    // An address within another.
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::127.0.0.1]/',
    'https://[::ffff:0:10.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b:1::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    // Names of such machines.
    'https://localhost/',
    'https://LOCALHOST./',
    'https://foo.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://db.internal./',
    'https://router.lan/',
    'https://nas.home.arpa/',
    'https://1.0.0.127.in-addr.arpa/',
    'https://intranet/',
    'https://a..example.com/',
  ])('may not be %s', (address) => {
    expect(mayReceive(address, 'public-only')).toBe(false)
  })

  it('may be no private IPv4 address, however it is spelled', () => {
    const lasts = fc.nat({ max: 255 })
    const privates = fc.oneof(
      fc.tuple(fc.constantFrom(0, 10, 127), lasts, lasts, lasts),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), lasts, lasts),
      fc.tuple(fc.constant(192), fc.constant(168), lasts, lasts),
      fc.tuple(fc.constant(169), fc.constant(254), lasts, lasts),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), lasts, lasts),
      fc.tuple(fc.integer({ min: 224, max: 255 }), lasts, lasts, lasts),
    )
    fc.assert(
      fc.property(privates, (bytes) => {
        const [a, b, c, d] = bytes
        const number = ((a * 256 + b) * 256 + c) * 256 + d
        const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'))
        const spellings = [
          bytes.join('.'),
          `${number}`,
          `0x${hex.join('')}`,
          bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
          `${a}.${b}.${c * 256 + d}`,
          `[::ffff:${bytes.join('.')}]`,
          `[64:ff9b::${hex[0]}${hex[1]}:${hex[2]}${hex[3]}]`,
          `[2002:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}::1]`,
        ]
        for (const host of spellings) expect(mayReceive(`https://${host}/`, 'public-only'), host).toBe(false)
        expect(isPublicIp(bytes.join('.'))).toBe(false)
      }),
    )
  })
})

it('may be of this machine in development, but carries no credentials there either', () => {
  expect(mayReceive('http://127.0.0.1:4000/hooks', 'any')).toBe(true)
  expect(mayReceive('http://localhost:4000/', 'any')).toBe(true)
  expect(mayReceive('http://me:pw@127.0.0.1/', 'any')).toBe(false)
  expect(mayReceive('ftp://127.0.0.1/', 'any')).toBe(false)
})

it('has a name to be looked up, unless it is an IP address', () => {
  expect(nameOf('https://hooks.example.com:8443/a')).toBe('hooks.example.com')
  expect(nameOf('https://2130706433/')).toBeNull()
  expect(nameOf('https://[2606:2800::1]/')).toBeNull()
})
