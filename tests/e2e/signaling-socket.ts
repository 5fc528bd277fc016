import { inject } from 'vitest'

/** What a raw WebSocket to a signaling endpoint came to: its first message, or how it was refused. */
export type Outcome =
  | { readonly admitted: true; readonly first: unknown; readonly socket: WebSocket }
  | { readonly admitted: false; readonly code: number; readonly reason: string }

export function open(url: string, query: Record<string, string>): Promise<Outcome> {
  const socket = new WebSocket(`${url}?${new URLSearchParams(query)}`)
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) =>
      resolve({ admitted: true, first: JSON.parse(String(data)), socket }),
    )
    socket.addEventListener('close', ({ code, reason }) => resolve({ admitted: false, code, reason }))
  })
}

/** Opens the P2P signaling WebSocket with this token. */
export function joinCall(callToken: string, publicKey: string): Promise<Outcome> {
  const base = inject('stack').apiBaseUrl.replace(/^http/, 'ws')
  return open(`${base}/api/v1/p2p/signaling/ws`, { publicKey, callToken })
}

/** Opens a room's signaling WebSocket on its host. */
export const joinRoom = (signalingUrl: string, roomToken: string, publicKey: string): Promise<Outcome> =>
  open(signalingUrl, { publicKey, roomToken })
