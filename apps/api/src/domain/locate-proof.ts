/** With what somebody proves that a room's whereabouts concern them. */
import { type ParticipantId, verifyRoomReconnectToken } from '@radist-tech/protocol'
import type { OpenRoom } from './room.ts'

export type LocateProof =
  /** Of a token whose signature was found good. */
  | { kind: 'token'; jti: string }
  | { kind: 'participant'; participantId: ParticipantId; reconnectToken: string }

export interface ProofRefusal {
  ok: false
  code: 'used_room_token' | 'invalid_reconnect_token'
}

/** Null: it is proven. `room`: null when it is closed. */
export function proofRefusal(room: OpenRoom | null, proof: LocateProof): ProofRefusal | null {
  switch (proof.kind) {
    case 'token':
      return room?.pending.has(proof.jti) ? null : { ok: false, code: 'used_room_token' }
    case 'participant': {
      const { participantId, reconnectToken } = proof
      const participant = room?.roster.get(participantId)
      const secrets = participant ? [participant.reconnectSecret, participant.previousSecret] : []
      const proven = secrets.some(
        (secret) =>
          secret !== null && verifyRoomReconnectToken(secret, participantId, reconnectToken) !== null,
      )
      return proven ? null : { ok: false, code: 'invalid_reconnect_token' }
    }
  }
}
