import { projectSettingsBodySchema } from '@radist-tech/protocol/dashboard'
import { describe, expect, it } from 'vitest'
import { bodyOf, fieldsOf, type SettingsFields } from './settings-form.ts'

const settings = {
  allowedOrigins: ['https://app.example', 'http://localhost:3000'],
  defaultAccessControl: 'private',
  connectionLimit: 50,
  maxConnectionLimit: 100,
  iceServers: [{ urls: ['turn:turn.example:3478'], username: 'ann', credential: 'secret' }],
} as const

const fields = (part: Partial<SettingsFields> = {}): SettingsFields => ({
  ...fieldsOf({
    ...settings,
    allowedOrigins: [...settings.allowedOrigins],
    iceServers: [{ urls: ['turn:turn.example:3478'], username: 'ann', credential: 'secret' }],
  }),
  ...part,
})

describe('settings', () => {
  it('come back as they were', () => {
    const { maxConnectionLimit, ...body } = settings
    expect(bodyOf(fields(), maxConnectionLimit)).toEqual({ ok: true, body })
  })

  it('are as the API takes them', () => {
    const server = { key: 1, urls: 'stun:stun.example\nstun:other.example', username: ' ', credential: '' }
    const result = bodyOf(fields({ origins: ' ', iceServers: [server] }), 100)
    expect(projectSettingsBodySchema.parse(result.ok && result.body)).toMatchObject({
      allowedOrigins: [],
      iceServers: [{ urls: ['stun:stun.example', 'stun:other.example'] }],
    })
  })

  it('take origins as they stand in address bars', () => {
    const result = bodyOf(fields({ origins: 'https://app.example/, http://localhost:3000' }), 100)
    expect(result.ok && result.body.allowedOrigins).toEqual(['https://app.example', 'http://localhost:3000'])
  })

  it.each([
    [{ origins: 'https://app.example/path' }, 'origins'],
    [{ origins: '*' }, 'origins'],
    [{ origins: Array.from({ length: 101 }, (_, i) => `https://a${i}.example`).join('\n') }, 'origins'],
    [{ connectionLimit: '0' }, 'connectionLimit'],
    [{ connectionLimit: '101' }, 'connectionLimit'],
    [{ connectionLimit: '1.5' }, 'connectionLimit'],
    [{ iceServers: [{ key: 0, urls: 'https://turn.example', username: '', credential: '' }] }, 'iceServers'],
    [{ iceServers: [{ key: 0, urls: '', username: '', credential: '' }] }, 'iceServers'],
  ])('%o are refused at their field', (part, field) => {
    const result = bodyOf(fields(part), 100)
    expect(result.ok ? [] : Object.keys(result.problems)).toEqual([field])
  })
})
