/** The rooms that are assigned to this host. */
import type { AssignmentClaims, RoomId, RoomNotificationData } from '@radist-tech/protocol'
import { type AssignmentDecision, decideAssignment, type KnownRoom } from '../domain/assignment-decision.ts'
import { Recent } from '../domain/recent.ts'
import { Room, type RoomServices } from './room.ts'

/** Closed rooms are remembered, to answer "closed" rather than "not found"; the oldest are forgotten first. */
const MAX_REMEMBERED_CLOSED = 10_000

export type CloseReason = Extract<
  RoomNotificationData<'closed'>['reason'],
  'closed-by-backend' | 'empty' | 'moved'
>

export class Rooms {
  readonly #services: RoomServices
  readonly #open = new Map<RoomId, Room>()
  readonly #closed = new Recent<RoomId, true>(MAX_REMEMBERED_CLOSED)

  constructor(services: RoomServices) {
    this.#services = services
  }

  get all(): readonly Room[] {
    return [...this.#open.values()]
  }

  find(roomId: RoomId): Room | 'closed' | null {
    return this.#open.get(roomId) ?? (this.#closed.get(roomId) ? 'closed' : null)
  }

  /** Everyone in the rooms, those whose place is kept and joins under way included. */
  get places(): number {
    return this.#sum((room) => room.places)
  }

  get participants(): number {
    return this.#sum((room) => room.participants.size)
  }

  get consumers(): number {
    return this.#sum(({ participants }) => {
      let sum = 0
      for (const { media } of participants.values()) sum += media.consumerCount
      return sum
    })
  }

  /** Takes an assignment whose signature is checked, and says what was made of it. */
  assign(assignment: AssignmentClaims): AssignmentDecision {
    const { roomId, epoch } = assignment
    const decision = decideAssignment(this.#known(roomId), epoch)
    if (decision === 'repeat') this.#open.get(roomId)?.renew(assignment)
    if (decision === 'reopen') this.drop(roomId)
    if (decision === 'open' || decision === 'reopen')
      this.#open.set(roomId, new Room(assignment, this.#services))
    return decision
  }

  /** Closes a room, or notes that it is closed; false when a newer epoch is served here. */
  close(roomId: RoomId, epoch: number, reason: CloseReason): boolean {
    const room = this.#open.get(roomId)
    if (room && room.assignment.epoch > epoch) return false
    this.#open.delete(roomId)
    if (reason === 'moved') {
      room?.close('moved', 'host-lost', { is: 'refused', code: 'overtaken_epoch' })
    } else {
      this.#closed.set(roomId, true)
      room?.close(reason, 'room-closed', { is: 'refused', code: 'room_closed' })
    }
    return true
  }

  /** The room is served elsewhere by now. */
  drop(roomId: RoomId): void {
    const room = this.#open.get(roomId)
    this.#open.delete(roomId)
    room?.close('moved', 'host-lost', { is: 'refused', code: 'overtaken_epoch' })
  }

  /** Ends all rooms, since the host stops. */
  closeAll(): void {
    for (const room of this.all)
      room.close('host-stopping', 'host-lost', { is: 'refused', code: 'no_host_available' })
    this.#open.clear()
  }

  /** Asked for at each join, so without making a list. */
  #sum(of: (room: Room) => number): number {
    let sum = 0
    for (const room of this.#open.values()) sum += of(room)
    return sum
  }

  #known(roomId: RoomId): KnownRoom {
    const room = this.#open.get(roomId)
    if (room) return { is: 'open', epoch: room.assignment.epoch }
    return this.#closed.get(roomId) ? { is: 'closed' } : { is: 'unknown' }
  }
}
