/** A room on this host: who is in it, and what they tell each other. */
import type {
  AdmissionAnswer,
  AssignmentClaims,
  DepartureReason,
  ParticipantId,
  PresenceChange,
  RemovalReason,
  RoomEvent,
  RoomId,
  RoomNotificationData,
  TrackSource,
} from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import type { DepartureDelivery } from '../delivery/departure-delivery.ts'
import type { PresenceDelivery } from '../delivery/presence-delivery.ts'
import { consumerPriority } from '../domain/consumer-priority.ts'
import { connectedUntil, type SocketEnding } from '../domain/liveness.ts'
import { Recent } from '../domain/recent.ts'
import type { Metering } from '../journal/metering.ts'
import type { Limits } from '../limits.ts'
import type { Logger } from '../logger.ts'
import { RoomMedia } from '../media/room-media.ts'
import type { RoomRouter } from '../media/room-router.ts'
import type { WorkerPool } from '../media/worker-pool.ts'
import type { HostMetrics } from '../metrics/host-metrics.ts'
import type { Ending } from '../signaling/endings.ts'
import { AudioLevels } from './audio-levels.ts'
import { ConnectionQualities } from './connection-qualities.ts'
import { DataExchange } from './data-exchange.ts'
import { Frames } from './frames.ts'
import { Participant } from './participant.ts'
import { ParticipantMedia } from './participant-media.ts'
import type { ParticipantSocket } from './participant-socket.ts'
import { Publications } from './publications.ts'
import { SentVideo, type SentVideoOptions } from './sent-video.ts'
import { Speaker } from './speaker.ts'

/** What a room needs of its host. */
export interface RoomServices {
  pool: WorkerPool
  metering: Metering
  departures: DepartureDelivery
  presence: PresenceDelivery
  clock: Clock
  limits: Limits
  /** Whether senders are told to send only what somebody receives. */
  dynacast: boolean
  metrics: HostMetrics
  log: Logger
}

/** As many admissions as can be on their way to one room. Most of those who are removed had left already, and never come. */
const MAX_UNWANTED = 1000

export class Room {
  readonly id: RoomId
  readonly #services: RoomServices
  readonly #participants = new Map<ParticipantId, Participant>()
  #assignment: AssignmentClaims
  /** A share for each participant, and for each join that waits for admission. */
  readonly #media: RoomMedia
  readonly #speaker = new Speaker({
    speaks: (participantId) => this.broadcast('activeSpeaker', { participantId }),
    spokeLast: (participantId, former) => this.#serveFirst(participantId, former),
  })
  readonly #levels = new AudioLevels((levels) => this.#broadcastTransiently('audioLevels', { levels }))
  readonly qualities = new ConnectionQualities((qualities) =>
    this.#broadcastTransiently('connectionQuality', { qualities }),
  )
  readonly publications = new Publications(this, this.#speaker)
  readonly data: DataExchange
  #closed: Ending | null = null
  /** Public keys with which somebody was admitted, newer ones than the assignment's among them. */
  readonly #admittedKeys = new Set<string>()
  /** Whose stay was ended before it began: admitted by the control plane, and overtaken on their way here. */
  readonly #unwanted = new Recent<ParticipantId, RemovalReason>(MAX_UNWANTED)

  constructor(assignment: AssignmentClaims, services: RoomServices) {
    this.id = assignment.roomId
    this.#assignment = assignment
    this.#services = services
    this.data = new DataExchange(this, services.clock)
    this.#media = new RoomMedia(services.pool, services.clock, {
      dominates: (routerId, producerId) => this.#dominates(routerId, producerId),
      sound: (routerId, voices) => this.#heard(routerId, voices),
      silence: (routerId) => {
        this.#speaker.take({ type: 'silence', routerId })
        this.#levels.silence(routerId)
      },
      lost: (router) => this.#mediaLost(router),
    })
  }

  get assignment(): AssignmentClaims {
    return this.#assignment
  }

  get participants(): ReadonlyMap<ParticipantId, Participant> {
    return this.#participants
  }

  /** Places taken, those of joins under way included. */
  get places(): number {
    return this.#media.users
  }

  /** How the room ended here, or null while it goes on. */
  get closed(): Ending | null {
    return this.#closed
  }

  /** Takes the same epoch's assignment again, with what may have changed in it: the accepted public keys. */
  renew(assignment: AssignmentClaims): void {
    if (assignment.exp >= this.#assignment.exp) this.#assignment = assignment
  }

  /** Somebody was admitted with this public key. */
  takeKey(publicKey: string): void {
    this.#admittedKeys.add(publicKey)
  }

  /** Whether a participant may come back with this public key: nobody is asked then. */
  takesKey(publicKey: string): boolean {
    return this.#assignment.publicKeys.includes(publicKey) || this.#admittedKeys.has(publicKey)
  }

  /** Takes a place, and the room's media, for one who asks for admission; given back with {@link releasePlace}. */
  takePlace(): Promise<void> {
    return this.#media.acquire()
  }

  releasePlace(): void {
    this.#media.release()
  }

  /**
   * Lets an admitted participant in, on the place that was taken for it. Otherwise answers how its
   * stay was ended already.
   */
  join(socket: ParticipantSocket, admission: AdmissionAnswer): Ending | null {
    const { participantId: id, identity, permissions, reconnectSecret, replaces } = admission
    // Even when this one is overtaken itself: answers may come in another order than they were given.
    if (replaces !== undefined) this.remove(replaces, 'replaced')
    const unwanted = this.#unwanted.get(id)
    if (unwanted) return removals[unwanted]
    const { limits, metrics } = this.#services
    const now = this.#services.clock.monotonic()
    const { projectId, epoch } = this.#assignment
    const former = this.#participants.get(id)
    if (former) this.#replace(former)
    const participant = new Participant({
      id,
      identity,
      permissions,
      reconnectSecret,
      media: new ParticipantMedia(this.#media, limits.media),
      stayId: this.#services.metering.admit({ participantId: id, projectId, roomId: this.id, epoch }),
      now,
      limits,
      metrics,
    })
    this.#participants.set(id, participant)
    this.#attach(participant, socket)
    participant.notify('joined', {
      ...this.#sessionOf(participant),
      ...(identity === undefined ? {} : { identity }),
      permissions,
      routerRtpCapabilities: this.#media.rtpCapabilities,
    })
    this.broadcast('participantJoined', participant.info, participant)
    this.#tellState(participant)
    return null
  }

  /** Lets a participant go on with a new socket; false when its token is not good. */
  resume(
    participant: Participant,
    socket: ParticipantSocket,
    { reconnectToken, lastSeq }: { reconnectToken: string; lastSeq: number | undefined },
  ): boolean {
    if (!participant.useReconnectToken(reconnectToken)) return false
    const overtaken = participant.socket
    if (overtaken) this.#meterDrop(participant, overtaken, 'overtaken')
    this.#services.metering.record(participant.stayId, {
      type: 'resumed',
      at: this.#services.clock.monotonic(),
    })
    this.#attach(participant, socket)
    overtaken?.end({ is: 'overtaken' })
    participant.notifyResumed(
      { ...this.#sessionOf(participant), transportIds: participant.media.transportIds },
      lastSeq,
    )
    for (const { video } of participant.media.tracks.values()) video?.tellSender()
    if (!overtaken) {
      this.#reportPresence(participant, 'resumed')
      this.broadcast('participantReconnected', { participantId: participant.id }, participant)
    }
    this.#tellState(participant)
    return true
  }

  /** Ends a participant's stay. Its socket, if it has one, is closed with `ending`. */
  leave(participant: Participant, reason: DepartureReason, ending: Ending): void {
    if (!this.#participants.delete(participant.id)) return
    this.#endStay(participant, ending)
    this.reportDeparture(participant.id, reason)
    this.broadcast('participantLeft', { participantId: participant.id, reason })
  }

  /** Ends a stay from outside, or keeps it from beginning: its admission may be on its way. */
  remove(participantId: ParticipantId, reason: RemovalReason): void {
    const participant = this.#participants.get(participantId)
    if (!participant) {
      this.#unwanted.set(participantId, reason)
      return
    }
    participant.notify('removed', { reason })
    this.leave(participant, reason, removals[reason])
  }

  reportDeparture(participantId: ParticipantId, reason: DepartureReason): void {
    const { projectId, epoch } = this.#assignment
    this.#services.departures.add({ roomId: this.id, projectId, epoch, participantId, reason })
  }

  #reportPresence(participant: Participant, change: PresenceChange['change']): void {
    const { epoch } = this.#assignment
    this.#services.presence.add({ roomId: this.id, epoch }, participant.id, change)
  }

  /** Ends the room here: everyone is told, nobody may come any more. */
  close(told: RoomNotificationData<'closed'>['reason'], reason: DepartureReason, ending: Ending): void {
    this.#closed = ending
    this.#endStays(told, reason, ending)
  }

  /** There is no media worker, and none can be started: the stays end, but the room may be joined again. */
  endForLackOfWorkers(): void {
    this.#endStays('worker-died', 'host-lost', { is: 'refused', code: 'no_host_available' })
  }

  broadcast<E extends RoomEvent>(event: E, data: RoomNotificationData<E>, except?: Participant): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.notify(event, data)
    }
  }

  /** A video that is being published, with all that its receivers want of it. */
  sentVideo(
    owner: Participant,
    { source, ...video }: Pick<SentVideoOptions, 'producer' | 'scales' | 'size'> & { source: TrackSource },
  ): SentVideo {
    const producerId = video.producer.id
    return new SentVideo({
      ...video,
      priority: consumerPriority(source, this.#speaker.last === owner.id),
      clock: this.#services.clock,
      dynacast: this.#services.dynacast,
      tell: (layers) => owner.notify('layersWanted', { producerId, layers }),
    })
  }

  #broadcastTransiently<E extends RoomEvent>(event: E, data: RoomNotificationData<E>): void {
    // Once for all: in a large room it is long, and said each second.
    const text = JSON.stringify({ event, data })
    for (const { socket } of this.#participants.values()) socket?.send(text)
  }

  /** A worker has died: those who were on it have lost all their media, and nothing else. */
  #mediaLost(router: RoomRouter): void {
    this.#levels.silence(router.id)
    const data = { reason: 'worker-died', routerRtpCapabilities: this.#media.rtpCapabilities } as const
    for (const participant of this.#participants.values()) {
      if (participant.media.lost(router)) participant.notify('mediaReset', data)
    }
  }

  #attach(participant: Participant, socket: ParticipantSocket): void {
    participant.attach(socket)
    const frames = new Frames({ room: this, participant, socket }, this.#services)
    socket.listen({
      frame: (text) => frames.take(text),
      badFrame: (problem) => frames.takeBad(problem),
      alive: (at) => this.#services.metering.record(participant.stayId, { type: 'alive', at }),
      closed: (ending) => this.#dropped(participant, socket, ending),
    })
  }

  #dropped(participant: Participant, socket: ParticipantSocket, ending: SocketEnding): void {
    this.#meterDrop(participant, socket, ending)
    participant.detach(this.#assignment.graceSeconds * 1000, () => {
      this.leave(participant, 'timeout', { is: 'left' })
    })
    this.#reportPresence(participant, 'dropped')
    this.broadcast('participantDisconnected', { participantId: participant.id }, participant)
  }

  #meterDrop(participant: Participant, { aliveAt }: ParticipantSocket, ending: SocketEnding): void {
    const at = connectedUntil(ending, aliveAt, this.#services.clock.monotonic())
    this.#services.metering.record(participant.stayId, { type: 'dropped', at })
  }

  #endStays(told: RoomNotificationData<'closed'>['reason'], reason: DepartureReason, ending: Ending): void {
    const leaving = [...this.#participants.values()]
    this.broadcast('closed', { reason: told })
    // Taken out before the others go, so that nobody is told of each in turn.
    for (const participant of leaving) this.#participants.delete(participant.id)
    for (const participant of leaving) {
      this.#endStay(participant, ending)
      this.reportDeparture(participant.id, reason)
    }
  }

  /** A participant that is admitted again goes on from its new stay: it has not departed. */
  #replace(former: Participant): void {
    this.#participants.delete(former.id)
    this.#endStay(former, { is: 'overtaken' })
    this.broadcast('participantLeft', { participantId: former.id, reason: 'left' })
  }

  #endStay(participant: Participant, ending: Ending): void {
    const { socket } = participant
    this.qualities.forget(participant.id)
    this.#levels.gone(participant.id)
    if (socket) this.#meterDrop(participant, socket, 'closed')
    this.#services.metering.record(participant.stayId, { type: 'left', at: this.#services.clock.monotonic() })
    participant.close(ending)
    this.releasePlace()
  }

  #sessionOf(participant: Participant) {
    const others = [...this.#participants.values()].filter((other) => other !== participant)
    return {
      participantId: participant.id,
      roomId: this.id,
      reconnectToken: participant.reconnectToken,
      participants: others.map((other) => other.info),
    }
  }

  #dominates(routerId: string, producerId: string): void {
    const owner = this.publications.ownerOf(producerId)
    if (owner) this.#speaker.take({ type: 'dominates', routerId, participantId: owner.id })
  }

  /** Of bandwidth. Whoever spoke last, since a pause for breath is no reason to give its bandwidth to others. */
  #serveFirst(speaker: ParticipantId | null, former: ParticipantId | null): void {
    for (const id of [former, speaker]) {
      const tracks = id === null ? undefined : this.#participants.get(id)?.media.tracks.values()
      for (const { source, video } of tracks ?? [])
        video?.setPriority(consumerPriority(source, id === speaker))
    }
  }

  #heard(routerId: string, voices: readonly { producerId: string; volume: number }[]): void {
    const [loudest] = voices
    if (loudest) {
      const owner = this.publications.ownerOf(loudest.producerId)
      this.#speaker.take({ type: 'sound', routerId, volume: loudest.volume, loudest: owner?.id ?? null })
    }
    const levels = voices.flatMap(({ producerId, volume }) => {
      const owner = this.publications.ownerOf(producerId)
      return owner ? [{ participantId: owner.id, level: volume }] : []
    })
    this.#levels.heard(routerId, levels)
  }

  #tellState(participant: Participant): void {
    const { all: qualities } = this.qualities
    if (qualities.length > 0) participant.notifyTransiently('connectionQuality', { qualities })
    const speaker = this.#speaker.current
    if (speaker !== null) participant.notify('activeSpeaker', { participantId: speaker })
  }
}

const removals: Record<RemovalReason, Ending> = {
  removed: { is: 'removed' },
  replaced: { is: 'overtaken' },
}
