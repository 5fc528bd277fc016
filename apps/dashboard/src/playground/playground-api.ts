/** The development-only routes behind the playground: they stand in for a customer's own backend. */

/** What the playground's backend refused; `code` is the API's, or `unreachable`. */
export class PlaygroundApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'PlaygroundApiError'
    this.code = code
  }
}

/** The code of "there is no playground here": the routes exist in development only. */
export const NO_PLAYGROUND = 'no_playground'

const BASE = '/api/dev/playground'

/** The demo project's public key. Throws PlaygroundApiError {@link NO_PLAYGROUND} outside development. */
export async function fetchPublicKey(): Promise<string> {
  const body = await request('GET', BASE).catch((error: unknown) => {
    const missing = error instanceof PlaygroundApiError && error.code === 'not_found'
    throw missing
      ? new PlaygroundApiError(NO_PLAYGROUND, 'The playground is only available in development.')
      : error
  })
  return field(body, 'publicKey')
}

export async function createCall(): Promise<{ callId: string; callToken: string }> {
  const body = await request('POST', `${BASE}/calls`)
  return { callId: field(body, 'callId'), callToken: field(body, 'callToken') }
}

export async function createRoom(): Promise<{ roomId: string }> {
  return { roomId: field(await request('POST', `${BASE}/rooms`), 'roomId') }
}

/** A token for one person, who is shown to the others as `identity`. */
export async function mintRoomToken(roomId: string, identity: string): Promise<string> {
  return field(await request('POST', `${BASE}/rooms/${roomId}/token`, { identity }), 'roomToken')
}

async function request(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
  } catch {
    throw new PlaygroundApiError('unreachable', 'The server could not be reached.')
  }
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer
  const code = stringIn(answer, 'code') ?? (response.status === 404 ? 'not_found' : 'internal')
  throw new PlaygroundApiError(code, stringIn(answer, 'error') ?? `HTTP status ${response.status}.`)
}

function stringIn(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}

function field(body: unknown, name: string): string {
  const value = stringIn(body, name)
  if (value === undefined) throw new PlaygroundApiError('internal', `The answer has no ${name}.`)
  return value
}
