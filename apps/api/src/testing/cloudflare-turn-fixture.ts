/** Cloudflare's TURN key API as the Worker meets it, and the configuration that leads there. */
import { vi } from 'vitest'
import { serve } from './far-end.ts'

const ORIGIN = 'https://turn-api.test'
const KEY_ID = '0123456789abcdef0123456789abcdef'
const API_TOKEN = 'turn-api-token-of-the-worker-tests'

export const cloudflareTurn = {
  RADIST_TURN_PROVIDER: 'cloudflare',
  RADIST_TURN_TTL_SECONDS: '3600',
  CLOUDFLARE_TURN_KEY_ID: KEY_ID,
  CLOUDFLARE_TURN_API_TOKEN: API_TOKEN,
  CLOUDFLARE_TURN_API_BASE_URL: ORIGIN,
}

type Answer = (request: Request) => Response | Promise<Response>

/** The shape of Cloudflare's documented example; `n` tells one set of credentials from the next. */
export const grantedServers = (n: number) => ({
  iceServers: [
    { urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.cloudflare.com:53'] },
    {
      urls: [
        'turn:turn.cloudflare.com:3478?transport=udp',
        'turn:turn.cloudflare.com:53?transport=udp',
        'turns:turn.cloudflare.com:443?transport=tcp',
      ],
      username: `user-${n}`,
      credential: `credential-${n}`,
    },
  ],
})

/** Never answers: ends when the one who asks has lost patience. */
export const silence: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

export class TestCloudflareTurn {
  /** Answers to come, first to last; after the last one it grants. */
  readonly script: Answer[] = []
  requests = 0
  /** What it saw of requests that it would not have taken. */
  readonly wrong: string[] = []

  constructor() {
    serve(ORIGIN, async (request) => {
      this.requests += 1
      await this.#check(request.clone())
      const answer = this.script.shift()
      return answer ? answer(request) : Response.json(grantedServers(this.requests), { status: 201 })
    })
  }

  async #check(request: Request): Promise<void> {
    const { pathname } = new URL(request.url)
    if (pathname !== `/v1/turn/keys/${KEY_ID}/credentials/generate-ice-servers`) this.wrong.push(pathname)
    if (request.method !== 'POST') this.wrong.push(request.method)
    if (request.headers.get('authorization') !== `Bearer ${API_TOKEN}`) this.wrong.push('authorization')
    const body = await request.text()
    if (body !== '{"ttl":3600}') this.wrong.push(body)
  }
}

/** What is logged until it is closed, and whether a secret is in it. */
export function watchLog() {
  const lines: string[] = []
  const spies = (['log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line))),
  )
  return {
    lines,
    holdsSecret: () => lines.some((line) => line.includes(API_TOKEN) || line.includes('credential-')),
    close: () => {
      for (const spy of spies) spy.mockRestore()
    },
  }
}
