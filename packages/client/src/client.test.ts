import { describe, expect, it } from 'vitest'
import { RadistClient } from './client.ts'

const callId = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'

function clientAnswering(answer: () => Promise<Response>) {
  const requests: { url: string; method: string | undefined; authorization: string | null }[] = []
  const client = new RadistClient({
    publicKey: 'rad_pk_x',
    apiBaseUrl: 'https://radist.test',
    fetch: async (input, init) => {
      requests.push({
        url: String(input),
        method: init?.method,
        authorization: new Headers(init?.headers).get('authorization'),
      })
      return answer()
    },
  })
  return { client, requests }
}

describe('RadistClient', () => {
  it('mints a token with the public key', async () => {
    const { client, requests } = clientAnswering(async () => Response.json({ callToken: 'ct_x' }))
    await expect(client.mintToken({ callId })).resolves.toBe('ct_x')
    expect(requests).toEqual([
      {
        url: `https://radist.test/api/v1/p2p/calls/${callId}/token`,
        method: 'POST',
        authorization: 'Bearer rad_pk_x',
      },
    ])
  })

  it('rejects with the server’s code', async () => {
    const { client } = clientAnswering(async () =>
      Response.json({ error: 'Call has been terminated.', code: 'call_terminated' }, { status: 410 }),
    )
    await expect(client.mintToken({ callId })).rejects.toMatchObject({ code: 'call_terminated' })
  })

  it('rejects when the server is out of reach, or answers what is not an answer', async () => {
    const unreachable = clientAnswering(() => Promise.reject(new TypeError('fetch failed')))
    await expect(unreachable.client.mintToken({ callId })).rejects.toMatchObject({
      code: 'server_unreachable',
    })
    const odd = clientAnswering(async () => new Response('<html>'))
    await expect(odd.client.mintToken({ callId })).rejects.toMatchObject({ code: 'unexpected_answer' })
  })

  it('refuses wrong arguments before anything is sent or any device asked for', async () => {
    expect(() => new RadistClient({ publicKey: 'rad_sk_secret' })).toThrow('public key')
    const { client, requests } = clientAnswering(async () => Response.json({}))
    await expect(client.mintToken({ callId: '../x' })).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(client.createConnection({ callToken: 'ct_x', channels: [] })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(client.createRoomConnection({ roomToken: 'ct_x' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    expect(requests).toEqual([])
  })
})
