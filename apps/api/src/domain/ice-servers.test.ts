import { describe, expect, it, test } from 'vitest'
import { isIceUrl, isTurnUrl, sharedSecretServer, usableServers } from './ice-servers.ts'

describe('credentials of a shared secret', () => {
  it.each([
    // The example in the README of mojo-auth.js, an implementation of the same draft.
    {
      secret:
        '27058c65ab05794cdec23abb2ad49f402e011d1ff56b61d4a4c37032ced2d94df6cff260c4fee814d1f9ea35fa7a2962332f0b2c5415e753b329c328a62c86f8',
      expiresAt: 1_413_151_933_064_000,
      id: 'foobar',
      username: '1413151933064:foobar',
      credential: 'lvpE3AcLea5Io4mj8xT/eMlvw9k=',
    },
    // From OpenSSL: printf %s 1433895918:peer_a | openssl dgst -sha1 -hmac ünïcode -binary | base64
    {
      secret: 'ünïcode',
      expiresAt: 1_433_895_918_999,
      id: 'peer_a',
      username: '1433895918:peer_a',
      credential: 'd0SbNSLiWuYL3tJ3tIlsjq9PPlk=',
    },
  ])('are $credential for $username', ({ secret, expiresAt, id, username, credential }) => {
    const urls = ['turn:turn.test']
    expect(sharedSecretServer(urls, secret, id, expiresAt)).toEqual({ urls, username, credential })
  })
})

test.each([
  'stun:stun.example.com',
  'stuns:stun.example.com:5349',
  'turn:turn.example.com:3478?transport=udp',
  'turns:192.0.2.1:443?transport=tcp',
  'turn:[2001:db8::1]:3478',
  'TURN:turn.example.com',
])('%s is a URL of a server', (url) => {
  expect(isIceUrl(url)).toBe(true)
  expect(isTurnUrl(url)).toBe(/^turn/i.test(url))
})

test.each([
  '',
  'turn:',
  'turn:turn.example.com:0',
  'turn:turn.example.com:65536',
  'turn:turn.example.com:port',
  'turn:turn.example.com?transport=sctp',
  'turn:turn.example.com/path',
  'turn:user@turn.example.com',
  'turn://turn.example.com',
  'stun:stun.example.com?transport=udp',
  'https://turn.example.com',
  ' turn:turn.example.com',
  'turn:turn.example.com\n',
])('%j is none', (url) => {
  expect(isIceUrl(url)).toBe(false)
  expect(isTurnUrl(url)).toBe(false)
})

describe('servers as a provider names them', () => {
  const login = { username: 'u', credential: 'c' }

  it('lose what browsers cannot use, and nothing else', () => {
    expect(
      usableServers([
        { urls: ['stun:a.test:3478', 'stun:a.test:53'] },
        { urls: ['turn:a.test:53?transport=udp', 'turns:a.test:5349?transport=tcp', 'nonsense'], ...login },
        { urls: ['turn:a.test:53'], ...login },
      ]),
    ).toEqual([{ urls: ['stun:a.test:3478'] }, { urls: ['turns:a.test:5349?transport=tcp'], ...login }])
  })

  it.each([
    [[]],
    [[{ urls: ['stun:a.test'] }]],
    [[{ urls: ['turn:a.test'] }]],
    [[{ urls: ['turn:a.test'], username: 'u', credential: '' }]],
    [[{ urls: ['turn:a.test:53'], ...login }]],
  ])('are none when no TURN server with credentials is among them: %j', (servers) => {
    expect(usableServers(servers)).toBeNull()
  })
})
