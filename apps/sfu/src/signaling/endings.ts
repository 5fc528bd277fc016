/** Every way in which the host closes a participant's socket, with its close code and reason. */
import { type ApiErrorCode, apiErrors, closeCodeOf, OVERTAKEN_CLOSE_CODE } from '@radist-tech/protocol'

export type Ending =
  /** The connection, or the whole room, is refused with this error. */
  | { is: 'refused'; code: ApiErrorCode }
  /** The participant has left. */
  | { is: 'left' }
  /** A newer socket of the same participant, or a newer participant of the same identity, has taken over. */
  | { is: 'overtaken' }
  /** The backend has ended the participant's stay. */
  | { is: 'removed' }
  | { is: 'too-many-bad-frames' }

export function closeOf(ending: Ending): { code: number; reason: string } {
  switch (ending.is) {
    case 'refused':
      return { code: closeCodeOf(ending.code), reason: apiErrors[ending.code].error }
    case 'left':
      return { code: 1000, reason: 'Left the room.' }
    case 'overtaken':
      return { code: OVERTAKEN_CLOSE_CODE, reason: 'A newer connection has taken over.' }
    case 'removed':
      return closeOf({ is: 'refused', code: 'participant_removed' })
    case 'too-many-bad-frames':
      return { code: 4400, reason: 'Too many malformed frames.' }
    default:
      return ending satisfies never
  }
}
