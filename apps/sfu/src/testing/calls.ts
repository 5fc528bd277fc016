/** Calls between two processes of a test, each of which asks and answers the other. */
import { z } from 'zod'

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.int(), what: z.unknown() }),
  z.object({ type: z.literal('answer'), id: z.int(), value: z.unknown() }),
  z.object({ type: z.literal('refusal'), id: z.int(), message: z.string() }),
  z.object({ type: z.literal('news'), what: z.unknown() }),
])
type Message = z.infer<typeof messageSchema>

interface Side {
  send(message: Message): void
  /** Answers a call of the other side. */
  answer(what: unknown): Promise<unknown>
  /** Takes what needs no answer. */
  told(what: unknown): void
}

/** @typeParam Out what this side says */
export class Calls<Out> {
  readonly #side: Side
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0
  #end: Error | null = null

  constructor(side: Side) {
    this.#side = side
  }

  /** Asks. @throws what the other side threw, or why there is none any more */
  async call(what: Out): Promise<unknown> {
    if (this.#end) throw this.#end
    this.#lastId += 1
    const answered = Promise.withResolvers<unknown>()
    this.#waiting.set(this.#lastId, answered)
    this.#side.send({ type: 'call', id: this.#lastId, what })
    return answered.promise
  }

  /** Says what needs no answer; it arrives in order with the calls. */
  tell(what: Out): void {
    this.#side.send({ type: 'news', what })
  }

  /** Takes what has come from the other side. */
  take(json: unknown): void {
    const message = messageSchema.parse(json)
    switch (message.type) {
      case 'call':
        void this.#answer(message.id, message.what)
        return
      case 'answer':
        this.#settled(message.id)?.resolve(message.value)
        return
      case 'refusal':
        this.#settled(message.id)?.reject(new Error(message.message))
        return
      case 'news':
        this.#side.told(message.what)
    }
  }

  /** The other side is gone: whoever waits for it, or asks it from now on, is told why. */
  end(why: Error): void {
    this.#end = why
    for (const { reject } of this.#waiting.values()) reject(why)
    this.#waiting.clear()
  }

  async #answer(id: number, what: unknown): Promise<void> {
    try {
      this.#side.send({ type: 'answer', id, value: await this.#side.answer(what) })
    } catch (error) {
      this.#side.send({
        type: 'refusal',
        id,
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }

  #settled(id: number): PromiseWithResolvers<unknown> | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}
