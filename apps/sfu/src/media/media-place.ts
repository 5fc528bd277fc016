/** One participant's place on a media worker: the room's router there, and a share of the worker's load. */
import type { types } from 'mediasoup'
import { RequestRefused } from '../room/request-refused.ts'
import { askMedia } from './ask-media.ts'
import type { Pipes, Produced } from './pipes.ts'
import type { RoomRouter } from './room-router.ts'
import type { WorkerShare } from './worker-share.ts'

export class MediaPlace {
  readonly router: RoomRouter
  readonly #share: WorkerShare
  readonly #pipes: Pipes

  constructor(router: RoomRouter, share: WorkerShare, pipes: Pipes) {
    this.router = router
    this.#share = share
    this.#pipes = pipes
  }

  /**
   * A paused consumer of a track, wherever it is produced.
   * @throws {RequestRefused} `limit-reached` when the worker has as many consumers as it may
   */
  async consume(
    transport: types.WebRtcTransport,
    produced: Produced,
    rtpCapabilities: types.RtpCapabilities,
  ): Promise<types.Consumer> {
    if (!this.router.worker.takesConsumer)
      throw new RequestRefused('limit-reached', 'The media worker has as many consumers as it may.')
    // Before it is there, so that those who ask at once do not all find room for one.
    const uncount = this.#share.addConsumer()
    const producerId = produced.producer.id
    let release: () => void = () => undefined
    try {
      release = await this.#pipes.carry(produced, this.router)
      const request = transport.consume({ producerId, rtpCapabilities, paused: true })
      const consumer = await askMedia(request, (late) => late.close())
      consumer.observer.once('close', () => {
        release()
        uncount()
      })
      return consumer
    } catch (error) {
      release()
      uncount()
      if (produced.producer.closed) throw new RequestRefused('not-found', 'The producer is closed.')
      throw error
    }
  }

  /** The participant has no media here any more. */
  end(): void {
    this.#share.end()
  }
}
