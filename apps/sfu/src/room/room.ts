/** A room on this host: who is in it, and what they tell each other. */
import {
  type AdmissionAnswer,
  type AssignmentClaims,
  type DepartureReason,
  type ParticipantId,
  type RoomEvent,
  type RoomId,
  type RoomNotificationData,
  roomNotifications,
} from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import type { Clock } from '../clock.ts'
import type { DepartureDelivery } from '../delivery/departure-delivery.ts'
import { connectedUntil, type SocketEnding } from '../domain/liveness.ts'
import type { Metering } from '../journal/metering.ts'
import type { Logger } from '../logger.ts'
import type { MediaWorker } from '../media/media-worker.ts'
import { RoomMedia } from '../media/room-media.ts'
import { SharedMedia } from '../media/shared-media.ts'
import type { WorkerPool } from '../media/worker-pool.ts'
import type { Ending } from '../signaling/endings.ts'
import { Frames } from './frames.ts'
import { Participant } from './participant.ts'
import { ParticipantMedia, type PublishedTrack } from './participant-media.ts'
import type { ParticipantSocket } from './participant-socket.ts'
import { RequestRefused } from './request-refused.ts'
import { Speaker } from './speaker.ts'

/** What a room needs of its host. */
export interface RoomServices {
  pool: WorkerPool
  metering: Metering
  departures: DepartureDelivery
  clock: Clock
  log: Logger
}

export class Room {
  readonly id: RoomId
  readonly #services: RoomServices
  readonly #participants = new Map<ParticipantId, Participant>()
  #assignment: AssignmentClaims
  /** A share for each participant, and for each join that waits for admission. */
  readonly #media = new SharedMedia(() => this.#startMedia())
  readonly #speaker = new Speaker((participantId) => this.broadcast('activeSpeaker', { participantId }))
  #closed: Ending | null = null

  constructor(assignment: AssignmentClaims, services: RoomServices) {
    this.id = assignment.roomId
    this.#assignment = assignment
    this.#services = services
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

  /** Takes a place, and the room's media, for one who asks for admission; given back with {@link releasePlace}. */
  takePlace(): Promise<RoomMedia> {
    return this.#media.acquire()
  }

  releasePlace(): void {
    this.#media.release()
  }

  /** Lets an admitted participant in, on the place that was taken for it. */
  join(socket: ParticipantSocket, admission: AdmissionAnswer, media: RoomMedia): void {
    const { participantId: id, identity, permissions, reconnectSecret } = admission
    const now = this.#services.clock.monotonic()
    const { projectId, epoch } = this.#assignment
    const former = this.#participants.get(id)
    if (former) this.#replace(former)
    const participant = new Participant({
      id,
      identity,
      permissions,
      reconnectSecret,
      media: new ParticipantMedia(media),
      stayId: this.#services.metering.admit({ participantId: id, projectId, roomId: this.id, epoch }),
      now,
    })
    this.#participants.set(id, participant)
    this.#attach(participant, socket)
    participant.notify('joined', {
      ...this.#sessionOf(participant),
      ...(identity === undefined ? {} : { identity }),
      permissions,
      routerRtpCapabilities: roomNotifications.joined.shape.routerRtpCapabilities.parse(
        media.router.rtpCapabilities,
      ),
    })
    this.broadcast('participantJoined', participant.info, participant)
    this.#tellSpeaker(participant)
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
    participant.notifyResumed(this.#sessionOf(participant), lastSeq)
    if (!overtaken) this.broadcast('participantReconnected', { participantId: participant.id }, participant)
    this.#tellSpeaker(participant)
    return true
  }

  /** Ends a participant's stay. Its socket, if it has one, is closed with `ending`. */
  leave(participant: Participant, reason: DepartureReason, ending: Ending): void {
    if (!this.#participants.delete(participant.id)) return
    this.#endStay(participant, ending)
    this.reportDeparture(participant.id, reason)
    this.broadcast('participantLeft', { participantId: participant.id, reason })
  }

  reportDeparture(participantId: ParticipantId, reason: DepartureReason): void {
    this.#services.departures.add({ roomId: this.id, epoch: this.#assignment.epoch, participantId, reason })
  }

  /** Ends the room here: everyone is told, nobody may come any more. */
  close(told: RoomNotificationData<'closed'>['reason'], reason: DepartureReason, ending: Ending): void {
    this.#closed = ending
    this.#endStays(told, reason, ending)
  }

  /** The media worker is gone, and with it all transports: the stays end, but the room may be joined again. */
  workerDied(worker: MediaWorker): void {
    if (![...this.#participants.values()].some(({ media }) => media.room.worker === worker)) return
    this.#endStays('worker-died', 'host-lost', { is: 'refused', code: 'no_host_available' })
  }

  broadcast<E extends RoomEvent>(event: E, data: RoomNotificationData<E>, except?: Participant): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.notify(event, data)
    }
  }

  trackAdded(owner: Participant, { producer, source }: PublishedTrack): void {
    const { id: producerId, kind, paused } = producer
    const participantId = owner.id
    producer.observer.once('close', () => {
      if (source === 'microphone') this.#speaker.take({ type: 'gone', participantId })
      if (this.#participants.has(participantId)) {
        this.broadcast('producerClosed', { participantId, producerId }, owner)
      }
    })
    this.broadcast('producerAdded', { participantId, producer: { producerId, kind, source, paused } }, owner)
  }

  trackPaused(owner: Participant, producerId: string): void {
    if (owner.media.track(producerId).source === 'microphone') {
      this.#speaker.take({ type: 'gone', participantId: owner.id })
    }
    this.broadcast('producerPaused', { participantId: owner.id, producerId }, owner)
  }

  dataAdded(owner: Participant, { id: dataProducerId, label, observer }: types.DataProducer): void {
    const participantId = owner.id
    observer.once('close', () => {
      if (this.#participants.has(participantId)) {
        this.broadcast('dataProducerClosed', { participantId, dataProducerId }, owner)
      }
    })
    this.broadcast('dataProducerAdded', { participantId, dataProducer: { dataProducerId, label } }, owner)
  }

  /** Another participant's track. @throws {RequestRefused} when nobody else here has it */
  trackOfOther(participant: Participant, producerId: string): { owner: Participant; track: PublishedTrack } {
    for (const owner of this.#participants.values()) {
      const track = owner === participant ? undefined : owner.media.tracks.get(producerId)
      if (track) return { owner, track }
    }
    throw new RequestRefused('not-found', 'No such producer in the room.')
  }

  /** Another participant's data producer. @throws {RequestRefused} when nobody else here has it */
  dataOfOther(participant: Participant, dataProducerId: string): { owner: Participant } {
    for (const owner of this.#participants.values()) {
      if (owner !== participant && owner.media.dataProducers.has(dataProducerId)) return { owner }
    }
    throw new RequestRefused('not-found', 'No such data producer in the room.')
  }

  #startMedia(): Promise<RoomMedia> {
    const worker = this.#services.pool.choose()
    if (!worker) return Promise.reject(new RequestRefused('internal', 'No media worker runs.'))
    return RoomMedia.start(worker, {
      dominates: (producerId) => this.#dominates(producerId),
      sound: () => this.#speaker.take({ type: 'sound' }),
      silence: () => this.#speaker.take({ type: 'silence' }),
    })
  }

  #attach(participant: Participant, socket: ParticipantSocket): void {
    participant.attach(socket)
    const frames = new Frames({ room: this, participant }, socket, this.#services)
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

  #dominates(producerId: string): void {
    for (const owner of this.#participants.values()) {
      if (owner.media.tracks.has(producerId))
        this.#speaker.take({ type: 'dominates', participantId: owner.id })
    }
  }

  #tellSpeaker(participant: Participant): void {
    const speaker = this.#speaker.current
    if (speaker !== null) participant.notify('activeSpeaker', { participantId: speaker })
  }
}
