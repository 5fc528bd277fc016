/**
 * An operator's wish, as the control plane tells it with each report: the host takes nothing new, and at the
 * deadline the rooms with somebody in them move to other hosts. It does not end, and can be taken back.
 */
import type { Logger } from './logger.ts'
import type { Rooms } from './room/rooms.ts'

export class OperatorDrain {
  readonly #rooms: Pick<Rooms, 'all' | 'drop'>
  readonly #deadlineMs: number
  readonly #log: Logger
  #asked = false
  #timer: NodeJS.Timeout | undefined

  /** @param deadlineMs how long rooms may go on until they end by themselves */
  constructor(rooms: Pick<Rooms, 'all' | 'drop'>, deadlineMs: number, log: Logger) {
    this.#rooms = rooms
    this.#deadlineMs = deadlineMs
    this.#log = log
  }

  get asked(): boolean {
    return this.#asked
  }

  wish(asked: boolean): void {
    if (asked === this.#asked) return
    this.#asked = asked
    clearTimeout(this.#timer)
    if (asked) this.#timer = setTimeout(() => this.#moveRooms(), this.#deadlineMs)
    this.#log.info(asked ? 'an operator drains this host' : 'an operator has taken this host back')
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Who is in them asks the control plane where they are now, which brings them onto another host. */
  #moveRooms(): void {
    const rooms = this.#rooms.all
    this.#log.info({ rooms: rooms.length }, 'the drained rooms move')
    for (const { id } of rooms) this.#rooms.drop(id)
  }
}
