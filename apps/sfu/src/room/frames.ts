/** What a participant's socket brings: requests to be answered in order, and nonsense to be borne for a while. */
import { MAX_FRAME_BYTES } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import { answerRequest, parseRequest, type Requester, refusal } from './requests.ts'

export class Frames {
  readonly #requester: Requester
  readonly #clock: Clock
  readonly #log: Logger

  constructor(requester: Requester, { clock, log }: { clock: Clock; log: Logger }) {
    this.#requester = requester
    this.#clock = clock
    this.#log = log
  }

  take(text: string): void {
    const { room, participant, socket } = this.#requester
    participant.confirmReconnectToken()
    const parsed = parseRequest(text)
    if (!parsed.ok) {
      participant.respond(parsed.answer, socket)
      this.#countBad()
      return
    }
    const { request } = parsed
    const queued = participant.requests.add(async () => {
      // It may have left while its requests waited.
      if (room.participants.get(participant.id) !== participant) return
      const answer = await answerRequest(this.#requester, request, this.#log)
      participant.respond(answer, socket)
      if (request.method === 'leave' && answer.ok) room.leave(participant, 'left', { is: 'left' })
    }, text.length)
    if (!queued) participant.respond(refusal(request.id, 'limit-reached', 'Too many requests wait.'), socket)
  }

  takeBad(problem: 'binary' | 'too-large'): void {
    const { participant, socket } = this.#requester
    participant.confirmReconnectToken()
    const message = problem === 'binary' ? 'Not a text frame.' : `Larger than ${MAX_FRAME_BYTES} bytes.`
    participant.respond(refusal(null, 'malformed', message), socket)
    this.#countBad()
  }

  /** Who floods a room with nonsense loses the place, not only the socket. */
  #countBad(): void {
    const { room, participant } = this.#requester
    if (participant.bearBadFrame(this.#clock.monotonic())) return
    this.#log.warn({ roomId: room.id, participantId: participant.id }, 'too many malformed frames')
    room.leave(participant, 'removed', { is: 'too-many-bad-frames' })
  }
}
