/**
 * The notifications to one participant, numbered, the latest kept for a reconnection.
 *
 * After a reconnection, `resumed` is sent first and what was missed follows, all under new numbers:
 * so `seq` always rises on the wire, and a participant may drop whatever is not above the last it took.
 */
import type { RoomEvent } from '@radist-tech/protocol'

export interface LoggedNotification {
  seq: number
  event: RoomEvent
  data: object
}

export class NotificationLog {
  /** The last number given. */
  #last = 0
  /** The last number that was handed to an open socket. */
  #sent = 0
  #kept: LoggedNotification[] = []
  readonly #keep: number
  readonly #dropped: (count: number) => void

  /**
   * @param keep kept at least; who missed more starts again from the roster in `resumed`. At most twice as many are held
   * @param dropped told how many were dropped that had not been sent
   */
  constructor(keep: number, dropped: (count: number) => void) {
    this.#keep = keep
    this.#dropped = dropped
  }

  /** Numbers a notification. `toOpenSocket`: it is being sent now. */
  append(event: RoomEvent, data: object, toOpenSocket: boolean): LoggedNotification {
    this.#last += 1
    const entry = { seq: this.#last, event, data }
    if (!isToldAnew(event)) this.#kept.push(entry)
    if (this.#kept.length > 2 * this.#keep) this.#trim()
    if (toOpenSocket) this.#sent = entry.seq
    return entry
  }

  /**
   * What to send on a new socket: `resumed`, then what came after `lastSeq` (without it: what was
   * never sent).
   */
  resume(lastSeq: number | undefined, resumed: object): readonly LoggedNotification[] {
    const after = lastSeq ?? this.#sent
    const missed = this.#kept.filter(({ seq }) => seq > after)
    this.#kept = []
    return [
      this.append('resumed', resumed, true),
      ...missed.map(({ event, data }) => this.append(event, data, true)),
    ]
  }

  #trim(): void {
    const unsent = this.#kept.slice(0, -this.#keep).filter(({ seq }) => seq > this.#sent).length
    if (unsent > 0) this.#dropped(unsent)
    this.#kept = this.#kept.slice(-this.#keep)
  }
}

/**
 * Never told again, so not kept either: `joined` and `resumed` carry tokens and rosters of their moment
 * (and are by far the largest), and a lost `mediaReset` is seen by the transports that a new `resumed`
 * lists: told after it, it would end those made since. What layers are wanted is told as it is by then.
 */
const isToldAnew = (event: RoomEvent): boolean =>
  event === 'joined' || event === 'resumed' || event === 'mediaReset' || event === 'layersWanted'
