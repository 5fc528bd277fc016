/** A room's media: started when the first one needs it, ended when the last one is done with it. */
import type { RoomMedia } from './room-media.ts'

export class SharedMedia {
  readonly #start: () => Promise<RoomMedia>
  #media: Promise<RoomMedia> | null = null
  #users = 0

  constructor(start: () => Promise<RoomMedia>) {
    this.#start = start
  }

  get users(): number {
    return this.#users
  }

  /** Takes a share, to be given back with {@link release}. @throws what starting throws; no share is taken then */
  async acquire(): Promise<RoomMedia> {
    this.#users += 1
    this.#media ??= this.#begin()
    try {
      return await this.#media
    } catch (error) {
      this.release()
      throw error
    }
  }

  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    const media = this.#media
    this.#media = null
    media?.then(
      (started) => started.close(),
      () => undefined,
    )
  }

  /** A worker's death closes its routers: who comes next gets a new one. */
  #begin(): Promise<RoomMedia> {
    const media = this.#start()
    const forget = () => {
      if (this.#media === media) this.#media = null
    }
    media.then(({ router }) => router.observer.once('close', forget), forget)
    return media
  }
}
