import { BlockList } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  addressWarnings,
  guessedAddress,
  type HostAddresses,
  loopbackAnnounced,
  loopbackListener,
  loopbackUrl,
  nameDoesNotResolve,
  privateAddressAnnounced,
  wildcardAnnounced,
} from './address-warnings.ts'
import { clientAddress, isLoopback, networksOf } from './client-address.ts'
import { mayReadMetrics } from './metrics-access.ts'

describe('the client’s address', () => {
  const proxies = networksOf('10.0.0.0/8, ::1') ?? new BlockList()

  it.each([
    ['nobody is trusted', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['through one proxy', '10.0.0.2', '198.51.100.1', '198.51.100.1'],
    ['through two proxies', '10.0.0.2', '198.51.100.1, 10.0.0.3', '198.51.100.1'],
    [
      'what the client itself has put there counts for nothing',
      '10.0.0.2',
      '1.2.3.4, 198.51.100.1',
      '198.51.100.1',
    ],
    ['a proxy that says nothing', '10.0.0.2', '', '10.0.0.2'],
    ['a proxy that says nonsense', '10.0.0.2', 'unknown, x', '10.0.0.2'],
    ['IPv4 on a dual-stack socket', '::ffff:10.0.0.2', '::ffff:198.51.100.1', '198.51.100.1'],
    ['only proxies', '10.0.0.2', '10.0.0.4', '10.0.0.4'],
    ['IPv6', '::1', '2001:db8::7', '2001:db8::7'],
  ])('%s', (_, remote, forwardedFor, expected) => {
    expect(clientAddress(remote, forwardedFor, proxies)).toBe(expected)
  })

  it('networks are addresses and CIDR notation, nothing else', () => {
    for (const wrong of [
      '',
      'x',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '::1/129',
      '10.0.0.1,',
      '1.2.3.4/-1',
    ])
      expect(networksOf(wrong)).toBeNull()
    expect(networksOf('0.0.0.0/0')?.check('1.2.3.4')).toBe(true)
  })
})

describe('the metrics', () => {
  const local = { remoteAddress: '127.0.0.1', authorization: '', forwarded: false }
  const guard = { token: null, behindProxy: false }

  it('without a token, are this machine’s own, unless a proxy may be who asks', () => {
    expect(mayReadMetrics(local, guard)).toBe(true)
    expect(mayReadMetrics({ ...local, remoteAddress: '::ffff:127.0.0.1' }, guard)).toBe(true)
    expect(mayReadMetrics({ ...local, remoteAddress: '192.168.0.4' }, guard)).toBe(false)
    expect(mayReadMetrics({ ...local, forwarded: true }, guard)).toBe(false)
    expect(mayReadMetrics(local, { ...guard, behindProxy: true })).toBe(false)
  })

  it('with a token, are for whoever has it', () => {
    const guarded = { token: 'sixteen-and-more', behindProxy: true }
    expect(mayReadMetrics(local, guarded)).toBe(false)
    expect(mayReadMetrics({ ...local, authorization: 'Bearer wrong' }, guarded)).toBe(false)
    const remote = { remoteAddress: '203.0.113.9', forwarded: true, authorization: 'Bearer sixteen-and-more' }
    expect(mayReadMetrics(remote, guarded)).toBe(true)
  })
})

describe('addresses', () => {
  const fine: HostAddresses = {
    publicUrl: 'https://sfu1.example.com',
    listenHost: '0.0.0.0',
    mediaListenIp: '0.0.0.0',
    announcedAddress: '203.0.113.9',
    effectiveAddress: '203.0.113.9',
    announcedResolves: true,
  }
  const onThisMachine: HostAddresses = {
    publicUrl: 'http://127.0.0.1:8790',
    listenHost: '127.0.0.1',
    mediaListenIp: '127.0.0.1',
    announcedAddress: undefined,
    effectiveAddress: '127.0.0.1',
    announcedResolves: true,
  }

  it('of a public host and of one for this machine only bring no warning', () => {
    expect(addressWarnings(fine)).toEqual([])
    expect(addressWarnings(onThisMachine)).toEqual([])
  })

  it.each([
    ['private', privateAddressAnnounced, { effectiveAddress: '192.168.1.4' }],
    ['link-local', privateAddressAnnounced, { effectiveAddress: '169.254.3.4' }],
    ['carrier-grade NAT', privateAddressAnnounced, { effectiveAddress: '100.64.0.1' }],
    ['private IPv6', privateAddressAnnounced, { effectiveAddress: 'fd00::1' }],
    ['loopback announced', loopbackAnnounced, { effectiveAddress: '127.0.0.1' }],
    ['loopback URL', loopbackUrl, { publicUrl: 'http://localhost:8790' }],
    ['loopback listener', loopbackListener, { mediaListenIp: '127.0.0.1' }],
    ['unknown name', nameDoesNotResolve, { announcedResolves: false, announcedAddress: 'sfu.invalid' }],
    ['wildcard announced', wildcardAnnounced, { effectiveAddress: '0.0.0.0' }],
    ['guessed', guessedAddress, { announcedAddress: undefined }],
  ])('%s is told', (_, rule, change) => {
    expect(rule(fine)).toBeNull()
    const wrong = { ...fine, ...change }
    expect(rule(wrong)).toEqual(expect.any(String))
    expect(addressWarnings(wrong)).toContain(rule(wrong))
  })

  it('a private network with a private name is nothing to warn of', () => {
    const inside = { ...fine, publicUrl: 'http://10.0.0.5:8790', effectiveAddress: '10.0.0.5' }
    expect(addressWarnings(inside)).toEqual([])
  })

  it('loopback is told from the rest', () => {
    expect(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true)
    expect(['128.0.0.1', 'localhost', '', '::2'].some(isLoopback)).toBe(false)
  })
})
