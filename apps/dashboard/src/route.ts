/** Which page a path shows. */

export type Route =
  | { page: 'home' }
  | { page: 'playground' }
  | { page: 'call'; callId: string }
  | { page: 'room'; roomId: string }
  | { page: 'not-found' }

const ID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const CALL_PATH = new RegExp(`^/playground/call/(${ID})$`)
const ROOM_PATH = new RegExp(`^/playground/room/(${ID})$`)

export const callPath = (callId: string): string => `/playground/call/${callId}`
export const roomPath = (roomId: string): string => `/playground/room/${roomId}`

export function routeOf(path: string): Route {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path
  if (trimmed === '/' || trimmed === '') return { page: 'home' }
  if (trimmed === '/playground') return { page: 'playground' }
  const callId = CALL_PATH.exec(trimmed)?.[1]
  if (callId) return { page: 'call', callId: callId.toLowerCase() }
  const roomId = ROOM_PATH.exec(trimmed)?.[1]
  if (roomId) return { page: 'room', roomId: roomId.toLowerCase() }
  return { page: 'not-found' }
}
