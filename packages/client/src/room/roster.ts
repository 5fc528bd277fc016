/**
 * Who is in the room and what they publish: a pure fold over the host's notifications. What follows
 * from a notification is found by comparing the roster before and after, so that one told twice, or
 * told by the snapshot of a reconnection, changes nothing the second time.
 */
import type { DepartureReason } from '@radist-tech/protocol/host-api'
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type { ParticipantInfo, ProducerInfo } from '@radist-tech/protocol/room-signaling'

export type Roster = ReadonlyMap<ParticipantId, ParticipantInfo>

export type RosterChange =
  | { type: 'participant-joined'; participant: ParticipantInfo }
  | { type: 'participant-left'; participant: ParticipantInfo }
  | { type: 'participant-disconnected'; participant: ParticipantInfo }
  | { type: 'participant-reconnected'; participant: ParticipantInfo }
  | { type: 'producer-added'; participant: ParticipantInfo; producer: ProducerInfo }
  | { type: 'producer-paused'; participant: ParticipantInfo; producer: ProducerInfo }
  | { type: 'producer-resumed'; participant: ParticipantInfo; producer: ProducerInfo }
  | { type: 'producer-closed'; participant: ParticipantInfo; producer: ProducerInfo }

export type { DepartureReason }

export const rosterOf = (participants: readonly ParticipantInfo[]): Roster =>
  new Map(participants.map((participant) => [participant.participantId, participant]))

/**
 * An arrival. Of one that is in the roster already nothing changes: after a reconnection the host
 * gives the roster of now first, and then repeats the older notifications.
 */
export const withParticipant = (roster: Roster, participant: ParticipantInfo): Roster =>
  roster.has(participant.participantId) ? roster : replaced(roster, participant)

const replaced = (roster: Roster, participant: ParticipantInfo): Roster =>
  new Map(roster).set(participant.participantId, participant)

export function withoutParticipant(roster: Roster, participantId: ParticipantId): Roster {
  const next = new Map(roster)
  next.delete(participantId)
  return next
}

/** The roster with one participant's entry changed; the same roster when it is not in it. */
function changed(
  roster: Roster,
  participantId: ParticipantId,
  change: (participant: ParticipantInfo) => ParticipantInfo,
): Roster {
  const participant = roster.get(participantId)
  return participant ? replaced(roster, change(participant)) : roster
}

export const withConnected = (roster: Roster, participantId: ParticipantId, connected: boolean): Roster =>
  changed(roster, participantId, (participant) => ({ ...participant, connected }))

export const withProducer = (roster: Roster, participantId: ParticipantId, producer: ProducerInfo): Roster =>
  changed(roster, participantId, (participant) => ({
    ...participant,
    producers: [
      ...participant.producers.filter((other) => other.producerId !== producer.producerId),
      producer,
    ],
  }))

export const withProducerPaused = (
  roster: Roster,
  participantId: ParticipantId,
  producerId: string,
  paused: boolean,
): Roster =>
  changed(roster, participantId, (participant) => ({
    ...participant,
    producers: participant.producers.map((producer) =>
      producer.producerId === producerId ? { ...producer, paused } : producer,
    ),
  }))

export const withoutProducer = (roster: Roster, participantId: ParticipantId, producerId: string): Roster =>
  changed(roster, participantId, (participant) => ({
    ...participant,
    producers: participant.producers.filter((producer) => producer.producerId !== producerId),
  }))

/** What has to be done and told to get from `before` to `after`: departures first, arrivals before their tracks. */
export function rosterChanges(before: Roster, after: Roster): RosterChange[] {
  const changes: RosterChange[] = []
  for (const [participantId, old] of before) {
    const participant = after.get(participantId)
    if (participant) changes.push(...participantChanges(old, participant))
    else {
      changes.push(...participantChanges(old, { ...old, producers: [] }))
      changes.push({ type: 'participant-left', participant: old })
    }
  }
  for (const [participantId, participant] of after) {
    if (before.has(participantId)) continue
    changes.push({ type: 'participant-joined', participant })
    changes.push(...participantChanges({ ...participant, producers: [] }, participant))
  }
  return changes
}

function participantChanges(before: ParticipantInfo, after: ParticipantInfo): RosterChange[] {
  const participant = after
  const changes: RosterChange[] = []
  if (before.connected && !after.connected) changes.push({ type: 'participant-disconnected', participant })
  if (!before.connected && after.connected) changes.push({ type: 'participant-reconnected', participant })

  const oldProducers = new Map(before.producers.map((producer) => [producer.producerId, producer]))
  const newProducerIds = new Set(after.producers.map((producer) => producer.producerId))
  for (const producer of before.producers) {
    if (!newProducerIds.has(producer.producerId))
      changes.push({ type: 'producer-closed', participant, producer })
  }
  for (const producer of after.producers) {
    const old = oldProducers.get(producer.producerId)
    if (!old) changes.push({ type: 'producer-added', participant, producer })
    else if (!old.paused && producer.paused) changes.push({ type: 'producer-paused', participant, producer })
    else if (old.paused && !producer.paused) changes.push({ type: 'producer-resumed', participant, producer })
  }
  return changes
}
