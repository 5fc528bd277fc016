/**
 * A room's life: unplaced or on a host, tokens pending, participants on its roster, closed once and for
 * ever. Each function is one event: it takes the room and the time and answers the room after it, what
 * has to be done about it, and what the asker is told. Joining and leaving: `room-roster.ts`.
 *
 * Times are milliseconds since 1970.
 */
import type { BootId, HostId, ParticipantId, Permissions, RemovalReason } from '@radist-tech/protocol'

/** Fixed when the room is made. */
export interface RoomSettings {
  maxParticipants: number
  emptyTimeoutMs: number
  /** How long a participant whose host is lost keeps its place. */
  graceMs: number
}

/** One run of one host, and where it is reached. */
export interface RoomHost {
  hostId: HostId
  bootId: BootId
  signalingUrl: string
  controlUrl: string
}

export type Placement =
  /** On no host: not yet, or not any more. */
  | { kind: 'none'; since: number }
  | { kind: 'on-host'; since: number; host: RoomHost; lostSince: number | null }

export interface PendingToken {
  expiresAt: number
  identity: string | null
  permissions: Permissions
  /** Set when the token is for a participant that is on the roster already, and lost its host. */
  rejoins: ParticipantId | null
}

export interface Participant {
  identity: string | null
  permissions: Permissions
  /** What its host makes its reconnect tokens with. */
  reconnectSecret: string
  /** The secret before its last admission: the answer to that may never have arrived. */
  previousSecret: string | null
  admittedAt: number
  /** The room's epoch at its last admission; a lower one than the room's means that it has to come again. */
  epoch: number
  /** The token and attempt of its last admission, by which a repeated request is known. */
  admission: { jti: string; attemptId: string | null }
}

export interface OpenRoom {
  kind: 'open'
  settings: RoomSettings
  createdAt: number
  /** Rises by one for each host that the room was offered to. */
  epoch: number
  placement: Placement
  /** By token id (`jti`). */
  pending: ReadonlyMap<string, PendingToken>
  roster: ReadonlyMap<ParticipantId, Participant>
  /** When the last participant left; null while nobody ever joined. Means nothing while someone is in. */
  emptySince: number | null
  /** How many participants were ever let in. */
  everAdmitted: number
}

/** `not-placed`: no host took it when it was made. `void`: it was reserved but never made. */
export type ClosedReason = 'closed-by-backend' | 'empty' | 'not-placed' | 'void'
export interface ClosedRoom {
  kind: 'closed'
  createdAt: number
  closedAt: number
  reason: ClosedReason
  everAdmitted: number
}
export type Room = OpenRoom | ClosedRoom

/** Why a host must not hold a room at an epoch any more. */
export type DropReason = 'closed-by-backend' | 'empty' | 'moved'

export type RoomEffect =
  | {
      kind: 'drop-on-host'
      host: { hostId: HostId; controlUrl: string }
      epoch: number
      reason: DropReason
    }
  /** The host at this epoch must end this participant's stay, or not let it begin. */
  | {
      kind: 'remove-on-host'
      host: { hostId: HostId; controlUrl: string }
      epoch: number
      participantId: ParticipantId
      reason: RemovalReason
    }
  /** The place in the project's connection limit is free; its row in the list says so. */
  | { kind: 'ended' }

export interface Step<R extends Room, A> {
  room: R
  effects: RoomEffect[]
  answer: A
}

/** Unused tokens that a room holds at most: a bound on its memory, far above what joining needs. */
export const MAX_PENDING_TOKENS = 10_000

export const openRoom = (settings: RoomSettings, now: number): OpenRoom => ({
  kind: 'open',
  settings,
  createdAt: now,
  epoch: 0,
  placement: { kind: 'none', since: now },
  pending: new Map(),
  roster: new Map(),
  emptySince: null,
  everAdmitted: 0,
})

/** A room that is over before it began: nobody made it in time, but its number is given. */
export const voidedRoom = (createdAt: number, now: number): ClosedRoom => ({
  kind: 'closed',
  createdAt,
  closedAt: now,
  reason: 'void',
  everAdmitted: 0,
})

/**
 * The room leaves its host, if it is on one, and takes the epoch of the next. To be stored before a host
 * is offered the room: no two hosts ever get the same epoch, whatever becomes of the offers.
 */
export function beginPlacement(room: OpenRoom, now: number): Step<OpenRoom, { epoch: number }> {
  const epoch = room.epoch + 1
  const since = room.placement.kind === 'none' ? room.placement.since : now
  return {
    room: { ...room, epoch, placement: { kind: 'none', since } },
    effects: dropFromHost(room, 'moved'),
    answer: { epoch },
  }
}

/** A host has taken the room at this epoch. */
export function placed(room: OpenRoom, host: RoomHost, now: number): OpenRoom {
  return { ...room, placement: { kind: 'on-host', since: now, host, lostSince: null } }
}

/** Adds a token that may be used once, until it expires. A new one for a participant to rejoin replaces its last. */
export function mintToken(
  room: Room,
  jti: string,
  token: PendingToken,
  now: number,
): Step<Room, { ok: true } | { ok: false; code: 'room_closed' | 'too_many_requests' }> {
  if (room.kind === 'closed') return { room, effects: [], answer: { ok: false, code: 'room_closed' } }
  const crowded = room.pending.size >= MAX_PENDING_TOKENS
  const pending = crowded ? unexpired(room.pending, now) : new Map(room.pending)
  if (token.rejoins !== null)
    for (const [other, { rejoins }] of pending) if (rejoins === token.rejoins) pending.delete(other)
  if (pending.size >= MAX_PENDING_TOKENS)
    return { room, effects: [], answer: { ok: false, code: 'too_many_requests' } }
  pending.set(jti, token)
  return { room: { ...room, pending }, effects: [], answer: { ok: true } }
}

/** Ends the room for ever. Does nothing the second time. */
export function closeRoom(room: Room, reason: ClosedReason, now: number): Step<ClosedRoom, null> {
  if (room.kind === 'closed') return { room, effects: [], answer: null }
  const told = reason === 'closed-by-backend' ? reason : 'empty'
  const { createdAt, everAdmitted } = room
  return {
    room: { kind: 'closed', createdAt, closedAt: now, reason, everAdmitted },
    effects: [...dropFromHost(room, told), { kind: 'ended' }],
    answer: null,
  }
}

/**
 * What the Fleet object says of the room's host. One that stays lost for the grace period loses its
 * participants, so that they do not count against the limits for ever; should it come back, it is told
 * that the room has moved.
 */
export function hostChecked(room: Room, state: 'live' | 'lost', now: number): Step<Room, null> {
  if (room.kind === 'closed' || room.placement.kind === 'none') return { room, effects: [], answer: null }
  const { placement } = room
  if (state === 'live') {
    const unchanged = placement.lostSince === null
    return {
      room: unchanged ? room : { ...room, placement: { ...placement, lostSince: null } },
      effects: [],
      answer: null,
    }
  }
  const lostSince = placement.lostSince ?? now
  if (now - lostSince < room.settings.graceMs)
    return { room: { ...room, placement: { ...placement, lostSince } }, effects: [], answer: null }
  return {
    room: withRoster({ ...room, placement: { kind: 'none', since: now } }, new Map(), now),
    effects: dropFromHost(room, 'moved'),
    answer: null,
  }
}

/**
 * The host says that it has given the room up with people in it, since it stops or has no media: they
 * keep their places for the grace period, and the next who asks brings the room onto another host.
 */
export function hostGaveUp(
  room: Room,
  host: { hostId: HostId; epoch: number },
  now: number,
): Step<Room, null> {
  if (room.kind === 'closed' || !isHeldBy(room, host.hostId, host.epoch))
    return { room, effects: [], answer: null }
  return {
    room: { ...room, placement: { kind: 'none', since: now } },
    effects: dropFromHost(room, 'moved'),
    answer: null,
  }
}

export const isHeldBy = (room: OpenRoom, hostId: HostId, epoch: number): boolean =>
  room.placement.kind === 'on-host' && room.placement.host.hostId === hostId && room.epoch === epoch

/** What the passing of time brings: tokens expire, participants that never came again go, the room closes. */
export function tick(room: Room, now: number): Step<Room, null> {
  if (room.kind === 'closed') return { room, effects: [], answer: null }
  const awayUntil = placesKeptUntil(room)
  const settled = awayUntil !== null && now >= awayUntil ? withoutAway(room, now) : room
  const closesAt = closingTime(settled)
  if (closesAt !== null && now >= closesAt) return closeRoom(settled, 'empty', now)
  const pending = unexpired(settled.pending, now)
  const kept = pending.size === settled.pending.size ? settled.pending : pending
  return {
    room: kept === settled.pending ? settled : { ...settled, pending: kept },
    effects: [],
    answer: null,
  }
}

/** When {@link tick} has something to do; null while people are in, and when closed. */
export function nextTick(room: Room): number | null {
  if (room.kind === 'closed') return null
  return placesKeptUntil(room) ?? closingTime(room)
}

/**
 * An empty room closes its timeout after the last participant left. One that nobody ever joined stays
 * at least as long as somebody could with a token that it has given out.
 */
function closingTime(room: OpenRoom): number | null {
  if (room.roster.size > 0) return null
  if (room.emptySince !== null) return room.emptySince + room.settings.emptyTimeoutMs
  let latest = room.createdAt + room.settings.emptyTimeoutMs
  for (const { expiresAt } of room.pending.values()) latest = Math.max(latest, expiresAt)
  return latest
}

/** Until when participants that the present host has not seen yet keep their places. */
function placesKeptUntil(room: OpenRoom): number | null {
  for (const { epoch } of room.roster.values())
    if (isAway(room, epoch)) return room.placement.since + room.settings.graceMs
  return null
}

const isAway = (room: OpenRoom, epoch: number) => room.placement.kind === 'none' || epoch < room.epoch

function withoutAway(room: OpenRoom, now: number): OpenRoom {
  const staying = [...room.roster].filter(([, { epoch }]) => !isAway(room, epoch))
  return withRoster(room, new Map(staying), now)
}

/** The room with this roster; tokens for participants that are gone go with them. */
export function withRoster(
  room: OpenRoom,
  roster: ReadonlyMap<ParticipantId, Participant>,
  now: number,
): OpenRoom {
  const kept = [...room.pending].filter(([, { rejoins }]) => rejoins === null || roster.has(rejoins))
  const pending = kept.length === room.pending.size ? room.pending : new Map(kept)
  const emptied = room.roster.size > 0 && roster.size === 0
  return { ...room, roster, pending, emptySince: emptied ? now : room.emptySince }
}

const unexpired = (pending: ReadonlyMap<string, PendingToken>, now: number) =>
  new Map([...pending].filter(([, { expiresAt }]) => expiresAt > now))

const dropFromHost = (room: OpenRoom, reason: DropReason): RoomEffect[] =>
  room.placement.kind === 'none'
    ? []
    : [{ kind: 'drop-on-host', host: room.placement.host, epoch: room.epoch, reason }]
