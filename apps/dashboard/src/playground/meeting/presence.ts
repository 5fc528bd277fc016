/**
 * What the two playground pages of a call tell each other as JSON: their names, and whether they are
 * muted, which the media of a call does not say. It is the playground's own, not the SDK's.
 */
import type { JsonValue } from '@radist-tech/client'

export type Presence = { name: string; microphone: boolean; camera: boolean }

const TYPE = 'radist-playground/presence'
const MAX_NAME_LENGTH = 128

export const presenceMessage = (presence: Presence) => ({ type: TYPE, ...presence })

/** The presence that a message holds, or null when it is any other message. */
export function readPresence(data: JsonValue): Presence | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || data.type !== TYPE) return null
  const { name, microphone, camera } = data
  if (typeof name !== 'string') return null
  return { name: name.slice(0, MAX_NAME_LENGTH), microphone: microphone === true, camera: camera === true }
}
