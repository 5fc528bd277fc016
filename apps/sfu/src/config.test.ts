import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigurationError, readConfig, variableNames } from './config.ts'

const environment = {
  RADIST_SFU_CONTROL_PLANE_URL: 'http://127.0.0.1:8787/',
  RADIST_FLEET_SECRET: 'x'.repeat(32),
  RADIST_SFU_DATA_DIR: '/tmp/x',
  RADIST_SFU_PORT: '8790',
  RADIST_SFU_PUBLIC_URL: 'https://sfu.example.com',
  RADIST_SFU_MEDIA_PORT: '40000',
  RADIST_SFU_MEDIA_LISTEN_IP: '127.0.0.1',
}

describe('configuration', () => {
  it('is read with its defaults', () => {
    expect(readConfig({ ...environment, RADIST_SFU_WORKERS: '' })).toMatchObject({
      controlPlaneUrl: 'http://127.0.0.1:8787',
      listenHost: '0.0.0.0',
      port: 8790,
      publicUrl: 'https://sfu.example.com',
      media: { listenIp: '127.0.0.1', announcedAddress: undefined, firstPort: 40_000 },
      region: 'default',
      maxParticipants: 1000,
      usageIntervalSeconds: 10,
    })
  })

  it('has limits for each media worker', () => {
    expect(readConfig(environment).media).toMatchObject({
      limits: { spreadConsumers: 100, maxConsumers: 2000, maxCpu: 0.9 },
      withoutWorkerMs: 30_000,
      hungAfterMs: 10_000,
    })
    for (const [text, maxCpu] of [
      ['0.75', 0.75],
      ['.5', 0.5],
      ['1', 1],
    ]) {
      const { media } = readConfig({ ...environment, RADIST_SFU_WORKER_MAX_CPU: String(text) })
      expect(media.limits.maxCpu).toBe(maxCpu)
    }
  })

  it('announces an address that can be connected to when all are listened on', () => {
    const { media } = readConfig({ ...environment, RADIST_SFU_MEDIA_LISTEN_IP: '0.0.0.0' })
    expect(media.announcedAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    expect(media.announcedAddress).not.toBe('0.0.0.0')
  })

  it.each([
    ['RADIST_SFU_CONTROL_PLANE_URL', 'ftp://x', 'must be an http or https URL'],
    ['RADIST_SFU_CONTROL_PLANE_URL', 'http://x/path', 'must be an origin'],
    ['RADIST_SFU_PUBLIC_URL', undefined, 'must be set'],
    ['RADIST_FLEET_SECRET', 'short-and-secret', 'must be at least 32 characters'],
    ['RADIST_SFU_PORT', '70000', 'must be a whole number from 1 to 65535'],
    ['RADIST_SFU_WORKERS', '1.5', 'must be a whole number from 1 to 256'],
    ['RADIST_SFU_WORKER_MAX_CPU', '0.01', 'must be a share from 0.05 to 1'],
    ['RADIST_SFU_WORKER_MAX_CPU', '1.5', 'must be a share from 0.05 to 1'],
    ['RADIST_SFU_WORKER_MAX_CPU', '90%', 'must be a share from 0.05 to 1'],
    ['RADIST_SFU_MEDIA_PORT', '65535', 'too high'],
    ['RADIST_SFU_MEDIA_LISTEN_IP', 'localhost', 'must be an IP address'],
    ['RADIST_LOG_LEVEL', 'loud', ''],
    ['RADIST_SFU_DYNACAST', 'no', 'must be on or off'],
    ['RADIST_SFU_TRUSTED_PROXIES', '10.0.0.0/8, here', 'must be IP addresses or networks'],
    ['RADIST_SFU_METRICS_TOKEN', 'short-and-secret'.slice(0, 9), 'must be at least 16 characters'],
    ['RADIST_SFU_MAX_CONSUMERS', '0', 'must be a whole number from 1 to 100000'],
  ])('%s=%s is one line that names it, without its value', (name, value, reason) => {
    const wrong = { ...environment, RADIST_SFU_WORKERS: '2', [name]: value }
    let message = ''
    try {
      readConfig(wrong)
    } catch (error) {
      if (error instanceof ConfigurationError) message = error.message
    }
    expect(message.startsWith(`${name}: ${reason}`)).toBe(true)
    expect(message).not.toContain('\n')
    expect(message).not.toContain('short-and-secret')
  })

  it.each([
    [{ RADIST_SFU_TLS_KEY: '/key.pem' }, 'RADIST_SFU_TLS_CERTIFICATE: must be set'],
    [{ RADIST_SFU_TLS_CERTIFICATE: '/host.pem' }, 'RADIST_SFU_TLS_KEY: must be set'],
    [
      {
        RADIST_SFU_TLS_KEY: '/key.pem',
        RADIST_SFU_TLS_CERTIFICATE: '/host.pem',
        RADIST_SFU_PUBLIC_URL: 'http://sfu.example.com',
      },
      'RADIST_SFU_PUBLIC_URL: must be an https URL',
    ],
  ])('certificate, key and an https URL belong together: %o', (change, message) => {
    expect(() => readConfig({ ...environment, ...change })).toThrow(message)
  })

  it('is documented, variable by variable, with its defaults', () => {
    const docs = readFileSync(new URL('../../../docs/sfu-host.md', import.meta.url), 'utf8')
    expect(variableNames.filter((name) => !docs.includes(`\`${name}\``))).toEqual([])
    const { limits } = readConfig(environment)
    const defaultOf = (name: string) => Number(new RegExp(`\`${name}\` \\| \`(\\d+)\``).exec(docs)?.[1])
    expect(limits).toEqual({
      media: {
        transports: defaultOf('RADIST_SFU_MAX_TRANSPORTS'),
        producers: defaultOf('RADIST_SFU_MAX_PRODUCERS'),
        consumers: defaultOf('RADIST_SFU_MAX_CONSUMERS'),
      },
      data: {
        messagesPerSecond: defaultOf('RADIST_SFU_DATA_MESSAGES_PER_SECOND'),
        bytesPerSecond: defaultOf('RADIST_SFU_DATA_BYTES_PER_SECOND'),
        waitingBytes: defaultOf('RADIST_SFU_MAX_DATA_WAITING_BYTES'),
      },
      badFrameBurst: defaultOf('RADIST_SFU_BAD_FRAME_BURST'),
      pendingRequests: defaultOf('RADIST_SFU_MAX_PENDING_REQUESTS'),
      pendingBytes: defaultOf('RADIST_SFU_MAX_PENDING_BYTES'),
      waitingBytes: defaultOf('RADIST_SFU_MAX_WAITING_BYTES'),
      keptNotifications: defaultOf('RADIST_SFU_KEPT_NOTIFICATIONS'),
      silenceMs: defaultOf('RADIST_SFU_SILENCE_SECONDS') * 1000,
      sockets: defaultOf('RADIST_SFU_MAX_SOCKETS'),
      socketsPerAddress: defaultOf('RADIST_SFU_MAX_SOCKETS_PER_ADDRESS'),
    })
  })
})
