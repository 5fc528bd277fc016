/** Takes the data messages of a room's participants to whom they are for, whichever workers they are on. */
import {
  type DataChannel,
  decodeSentData,
  encodeDeliveredData,
  MAX_DATA_MESSAGE_BYTES,
} from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import type { Participant } from './participant.ts'
import type { Audience } from './publications.ts'

export class DataExchange {
  readonly #room: Pick<Audience, 'participants'>
  readonly #clock: Clock

  constructor(room: Pick<Audience, 'participants'>, clock: Clock) {
    this.#room = room
    this.#clock = clock
  }

  /** Takes a frame that came over this participant's own channel. */
  take(sender: Participant, channel: DataChannel, frame: Uint8Array): void {
    // It may have left while this was on its way.
    if (this.#room.participants.get(sender.id) !== sender) return
    if (sender.data.spend(channel, frame.length, this.#clock.monotonic()) !== 'taken') {
      sender.data.refuse('too-many')
      return
    }
    const sent = decodeSentData(frame)
    if (!sent) sender.data.refuse('malformed')
    else if (sent.payload.length > MAX_DATA_MESSAGE_BYTES) sender.data.refuse('too-large')
    else {
      const { to, isText, payload } = sent
      const delivered = encodeDeliveredData({ from: sender.id, isPrivate: to !== null, isText, payload })
      if (to === null) this.#toAll(sender, channel, delivered)
      else if (to === sender.id) sender.data.refuse('no-receiver')
      else {
        const receiver = this.#room.participants.get(to)?.data.receiver(channel)
        if (receiver) receiver.deliver(delivered)
        else sender.data.refuse('no-receiver')
      }
    }
  }

  #toAll(sender: Participant, channel: DataChannel, frame: Uint8Array): void {
    for (const participant of this.#room.participants.values()) {
      if (participant !== sender) participant.data.receiver(channel)?.deliver(frame)
    }
  }
}
