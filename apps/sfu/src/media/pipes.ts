/**
 * Carries what is produced on one of a room's routers to those of its other routers on which somebody
 * consumes it: once per producer and router, for as long as anybody there has use for it.
 */
import type { types } from 'mediasoup'
import { RequestRefused } from '../room/request-refused.ts'
import { askMedia } from './ask-media.ts'
import type { MediaEntity } from './media-entity.ts'
import type { RoomRouter } from './room-router.ts'

/** What can be piped, and where it is produced. */
export interface Produced {
  producer: types.Producer
  at: RoomRouter
}

type PipeState =
  | { is: 'opening' }
  /** The far end is a producer that repeats, under the same id, what comes through. */
  | { is: 'open'; farEnd: MediaEntity }
  /** Also when it could not be opened. */
  | { is: 'closed' }

class Pipe {
  users = 0
  state: PipeState = { is: 'opening' }
  /** Settles when it is open; rejects when it cannot be opened. */
  readonly opened: Promise<void>
  readonly #onClosed: () => void

  constructor(opening: Promise<MediaEntity>, onClosed: () => void) {
    this.#onClosed = onClosed
    this.opened = opening.then(
      (farEnd) => this.#open(farEnd),
      (error: unknown) => {
        this.#closed()
        throw error
      },
    )
  }

  /** Ends it if nobody uses it. One that is still opening is left to become open: its id is taken over there. */
  closeUnused(): void {
    if (this.users === 0 && this.state.is === 'open') this.state.farEnd.close()
  }

  #open(farEnd: MediaEntity): void {
    if (farEnd.closed) {
      this.#closed()
      return
    }
    this.state = { is: 'open', farEnd }
    // With the producer, with either router, or because nobody uses it.
    farEnd.observer.once('close', () => this.#closed())
    this.closeUnused()
  }

  #closed(): void {
    this.state = { is: 'closed' }
    this.#onClosed()
  }
}

export class Pipes {
  readonly #pipes = new Map<string, Pipe>()

  get count(): number {
    return this.#pipes.size
  }

  /**
   * Makes sure that `produced` can be consumed on this router, by its own id, until the function that
   * is answered is called.
   * @throws {RequestRefused} `not-found` when the producer closes meanwhile, else `rejected-by-media`
   */
  async carry(produced: Produced, to: RoomRouter): Promise<() => void> {
    if (produced.at === to) return () => undefined
    const key = `${produced.producer.id} ${to.id}`
    const pipe = this.#pipes.get(key) ?? this.#open(key, produced, to)
    pipe.users += 1
    const release = () => {
      pipe.users -= 1
      pipe.closeUnused()
    }
    try {
      await askMedia(pipe.opened)
      if (pipe.state.is === 'closed') throw new RequestRefused('rejected-by-media', 'The pipe is closed.')
      return release
    } catch (error) {
      release()
      if (produced.producer.closed) throw new RequestRefused('not-found', 'The producer is closed.')
      throw error
    }
  }

  #open(key: string, produced: Produced, to: RoomRouter): Pipe {
    const pipe: Pipe = new Pipe(openPipe(produced, to.router), () => this.#pipes.delete(key))
    this.#pipes.set(key, pipe)
    return pipe
  }
}

async function openPipe({ producer, at }: Produced, router: types.Router): Promise<MediaEntity> {
  const { pipeConsumer, pipeProducer } = await at.router.pipeToRouter({ producerId: producer.id, router })
  if (!pipeConsumer || !pipeProducer) throw new Error('no far end')
  // mediasoup's own listeners leave the rejection unhandled when the far worker dies just then,
  // which would end this process.
  pipeConsumer.observer.removeAllListeners('pause')
  pipeConsumer.observer.removeAllListeners('resume')
  pipeConsumer.observer.on('pause', () => void pipeProducer.pause().catch(() => pipeProducer.close()))
  pipeConsumer.observer.on('resume', () => void pipeProducer.resume().catch(() => pipeProducer.close()))
  return pipeProducer
}
