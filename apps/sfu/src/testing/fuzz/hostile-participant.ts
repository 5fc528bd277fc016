/** One attacker on the wire: does its acts in turn, and checks that each request is answered once, in order. */
import { MAX_FRAME_BYTES, type RoomResponse } from '@radist-tech/protocol'
import type { TestParticipant } from '../test-participant.ts'
import { dataOf, firstSteps, type HostileAct, idOf, type Owner, type Thing } from './hostile-frames.ts'
import { ROUTER_CAPABILITIES } from './media-parameters.ts'

/** What the host may close with: left, a frame too large to be read, bad frames or query, a bad token, a lost place. */
const RIGHT_CLOSES: ReadonlySet<number> = new Set([1000, 1006, 4400, 4401, 4404])

export interface Surroundings {
  connect(query: Record<string, string>): TestParticipant
  join(): Promise<TestParticipant>
  roomId: string
  /** Counts what requests were answered with: `produce ok`, `produce rejected-by-media` … */
  count(answer: string): void
  /** Ids of others, by placeholder. */
  foreignIds: ReadonlyMap<string, string>
}

export class HostileParticipant {
  readonly #around: Surroundings
  readonly #ids: Map<string, string>
  /** Methods of the requests, by id. */
  readonly #methods = new Map<number, string>()
  #socket: TestParticipant
  /** Ids of the requests that this socket was sent. */
  #asked: number[] = []
  #lastId = 0
  #sent = 0
  #session = { participantId: '', tokens: [''] }
  #capabilities: unknown = {}

  private constructor(around: Surroundings, socket: TestParticipant) {
    this.#around = around
    this.#socket = socket
    this.#ids = new Map(around.foreignIds)
  }

  static async enter(around: Surroundings): Promise<HostileParticipant> {
    const participant = new HostileParticipant(around, await around.join())
    await participant.#begin()
    return participant
  }

  /** Does all of it. Answers how many frames were sent. @throws when the host answers wrongly */
  async act(acts: readonly HostileAct[]): Promise<number> {
    for (const act of acts) {
      if (this.#socket.closed) {
        await this.#settle()
        await this.#enterAgain()
      }
      await this.#do(act)
    }
    await this.#settle()
    await this.#socket.drop()
    return this.#sent
  }

  async #do(act: HostileAct): Promise<void> {
    switch (act.is) {
      case 'request': {
        const data = dataOf(act, (placeholder) => this.#resolve(placeholder))
        const id = this.#ask(act.method, data)
        if (act.wait) await this.#answered(id, act.method, data)
        return
      }
      case 'text':
        return this.#send(act.text)
      case 'binary':
        return this.#send(new Uint8Array(act.size))
      case 'flood':
        for (let i = 0; i < act.count; i++) this.#ask('ping', {})
        return
      case 'reconnect':
        return this.#reconnect(act)
      case 'leave':
        this.#ask('leave', {})
        await this.#socket.refusal()
        return
      default:
        return act satisfies never
    }
  }

  #send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#sent += 1
    this.#socket.send(frame)
  }

  #ask(method: string, data: unknown): number {
    this.#lastId += 1
    const id = this.#lastId
    const frame = JSON.stringify({ id, method, data })
    // What is not a whole request to the host is answered without its id.
    const whole = data !== undefined && method.length <= 64 && Buffer.byteLength(frame) <= MAX_FRAME_BYTES
    if (whole) this.#asked.push(id)
    this.#methods.set(id, method)
    this.#send(frame)
    return id
  }

  async #answered(id: number, method: string, data: unknown): Promise<void> {
    if (!this.#asked.includes(id)) return
    const answer = await this.#socket.until(
      () => this.#socket.closed ?? this.#socket.responses.findLast((response) => response.id === id),
      `the answer to ${method} ${JSON.stringify(data)}`,
    )
    if ('ok' in answer && answer.ok) this.#learn(method, data, answer)
  }

  /** Remembers what is its own now. */
  #learn(method: string, data: unknown, { data: answer }: Extract<RoomResponse, { ok: true }>): void {
    const made: Record<string, [field: string, thing: Thing]> = {
      createTransport: ['transportId', this.#directionOf(data)],
      produce: ['producerId', 'producer'],
      consume: ['consumerId', 'consumer'],
      produceData: ['dataProducerId', 'dataProducer'],
      consumeData: ['dataConsumerId', 'dataConsumer'],
    }
    const [field, thing] = made[method] ?? []
    if (field === undefined || thing === undefined || typeof answer !== 'object' || answer === null) return
    const id: unknown = Reflect.get(answer, field)
    if (typeof id === 'string') this.#ids.set(idOf('own', thing), id)
  }

  #directionOf(data: unknown): 'send' | 'recv' {
    const sends =
      typeof data === 'object' && data !== null && 'direction' in data && data.direction === 'send'
    return sends ? 'send' : 'recv'
  }

  #resolve(placeholder: string): unknown {
    if (placeholder === ROUTER_CAPABILITIES) return this.#capabilities
    const owner: Owner = 'nobody'
    return this.#ids.get(placeholder) ?? `${owner}-${placeholder.slice(1)}`
  }

  /** Every request of this socket has been answered once, in order, by what the host can say in general. */
  async #settle(): Promise<void> {
    const socket = this.#socket
    if (!socket.closed) await this.#answered(this.#ask('ping', {}), 'ping', {})
    if (socket.closed) return expectRightClose(socket.closed)
    for (const response of socket.responses) {
      const method = response.id === null ? 'no request' : this.#methods.get(response.id)
      this.#around.count(`${method} ${response.ok ? 'ok' : response.error.code}`)
    }
    const failure = socket.responses.find((response) => !response.ok && response.error.code === 'internal')
    if (failure) throw new Error(`the host failed at a request: ${JSON.stringify(failure)}`)
    const answered = socket.responses.flatMap(({ id }) => (id === null ? [] : id)).sort((a, b) => a - b)
    const missing = this.#asked.filter((id) => !answered.includes(id))
    if (missing.length > 0) throw new Error(`never answered: ${missing.slice(0, 5)} of ${this.#asked.length}`)
    if (new Set(answered).size !== answered.length) throw new Error('a request was answered twice')
  }

  async #begin(): Promise<void> {
    const joined = await this.#socket.notified('joined')
    this.#capabilities = joined.routerRtpCapabilities
    this.#session = { participantId: joined.participantId, tokens: [joined.reconnectToken] }
    this.#asked = []
    for (const { method, data } of firstSteps) {
      const filled = dataOf({ data, bend: null }, (placeholder) => this.#resolve(placeholder))
      await this.#answered(this.#ask(method, filled), method, filled)
    }
  }

  async #enterAgain(): Promise<void> {
    this.#ids.clear()
    for (const [placeholder, id] of this.#around.foreignIds) this.#ids.set(placeholder, id)
    this.#socket = await this.#around.join()
    await this.#begin()
  }

  async #reconnect({ token, lastSeq }: Extract<HostileAct, { is: 'reconnect' }>): Promise<void> {
    await this.#settle()
    await this.#socket.drop()
    const { participantId, tokens } = this.#session
    const reconnectToken = { good: tokens.at(-1), old: tokens.at(-3), other: `rt_0_${'A'.repeat(43)}` }[token]
    const socket = this.#around.connect({
      roomId: this.#around.roomId,
      participantId,
      reconnectToken: reconnectToken ?? 'rt_',
      ...(lastSeq === '' ? {} : { lastSeq }),
    })
    await socket.until(
      () => socket.closed ?? socket.notifications.length > 0,
      'the host’s answer to a reconnection',
    )
    if (socket.closed) {
      expectRightClose(socket.closed)
      return this.#enterAgain()
    }
    this.#socket = socket
    this.#asked = []
    tokens.push((await socket.notified('resumed')).reconnectToken)
  }
}

function expectRightClose({ code, reason }: { code: number; reason: string }): void {
  if (!RIGHT_CLOSES.has(code)) throw new Error(`closed with ${code} ${reason}`)
}
