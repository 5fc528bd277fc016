/**
 * A real Call object in workerd as a thing that generated histories happen to: with sockets, storage,
 * alarms and evictions. Only the clock is not real (`clock.ts`).
 */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { apiErrors, newReconnectToken, P2P_SIGNALING_PATH } from '@radist-tech/protocol'
import { z } from 'zod'
import {
  type Arrival,
  type CallAnswer,
  type CallCommand,
  type Expectation,
  type Outcome,
  PeerNumbers,
  type Told,
} from './call-commands.ts'
import { passTime } from './clock.ts'
import { newCall, type TestProject } from './project-fixture.ts'
import { type SignalingParams, TestSocket } from './test-peer.ts'

/** What has not come by then will not come, in milliseconds. */
const PATIENCE_MS = 5000

const isCode = (code: string): code is CallAnswer => Object.hasOwn(apiErrors, code)
const refusalSchema = z.object({ code: z.string().refine(isCode) })

export class RealCall {
  readonly callId: string
  readonly #project: TestProject
  readonly #tokens: string[]
  /** Whether the object goes away before each command, its sockets hibernating. */
  readonly #isEvictedAlways: boolean
  readonly #peers = new PeerNumbers()
  /** The reconnect tokens that each peer was given, by its number. */
  readonly #reconnectTokens: string[][] = []
  readonly #sockets: TestSocket[] = []
  /** Sockets over which something may still come. */
  readonly #open = new Set<number>()

  static async create(
    project: TestProject,
    options: { accessControl: 'public' | 'private'; ttlMs: number; isEvictedAlways: boolean },
  ): Promise<RealCall> {
    const { accessControl, ttlMs, isEvictedAlways } = options
    const made = await newCall(project, { accessControl, tokenTtlSeconds: ttlMs / 1000 })
    return new RealCall(project, made.callId, made.callTokens, isEvictedAlways)
  }

  private constructor(project: TestProject, callId: string, tokens: string[], isEvictedAlways: boolean) {
    this.#project = project
    this.callId = callId
    this.#tokens = [...tokens]
    this.#isEvictedAlways = isEvictedAlways
  }

  /** `expected` tells for how much to wait; whether it is that, the caller compares. */
  async perform(command: CallCommand, expected: Expectation): Promise<Outcome> {
    const isTold = command.do !== 'evict' && !(command.do === 'wait' && !command.wakes)
    if (this.#isEvictedAlways && isTold) await evictDurableObject(this.stub)
    const answers: CallAnswer[] = []
    const arrived = new Map<number, Arrival[]>()
    const flushed = await this.#act(command, answers)
    for (const [socket, arrivals] of flushed) arrived.set(socket, arrivals)
    for (const [socket, arrivals] of expected.arrived) {
      const came = arrived.get(socket) ?? []
      while (came.length < arrivals.length) came.push(await this.#next(socket))
      arrived.set(socket, came)
    }
    return { answers, arrived }
  }

  get stub() {
    return env.CALL.getByName(this.callId)
  }

  /** What happened in it, as its page shows it: without its beginning and its end. */
  async timeline(): Promise<Told[]> {
    const looked = await this.stub.look(this.#project.projectId)
    if (!looked.ok) throw new Error(looked.code)
    return looked.timeline.slice(1, looked.call.state === 'tombstoned' ? -1 : undefined).map((entry) => ({
      at: Date.parse(entry.at),
      kind: entry.kind,
      peer: entry.subject === null ? null : this.#peers.numberOf(entry.subject),
      reason: entry.reason,
    }))
  }

  /** What has come over any socket beyond what was waited for. */
  async rest(): Promise<Arrival[]> {
    const rests = await Promise.all([...this.#open].map((socket) => this.#flush(socket)))
    return rests.flat()
  }

  /** Does it, and answers what came over sockets of which one cannot know beforehand how much it is. */
  async #act(command: CallCommand, answers: CallAnswer[]): Promise<Map<number, Arrival[]>> {
    const flushed = new Map<number, Arrival[]>()
    switch (command.do) {
      case 'mint':
        for (let i = 0; i < command.times; i++) answers.push(await this.#mint(command.by, command.ttlMs))
        return flushed
      case 'join': {
        const callToken = this.#tokens[command.token] ?? ''
        const race = Array.from({ length: command.sockets }, () => this.#openSocket({ callToken }))
        answers.push(...(await Promise.all(race)).sort((a, b) => Number(b === 'ok') - Number(a === 'ok')))
        return flushed
      }
      case 'reconnect': {
        const peerId = this.#peers.idOf(command.peer)
        const known =
          command.token === null ? undefined : this.#reconnectTokens[command.peer]?.[command.token]
        const reconnectToken = known ?? newReconnectToken().token
        const params = { callId: this.callId, peerId, reconnectToken }
        const { lastSeq } = command
        const answer = await this.#openSocket(lastSeq === null ? params : { ...params, lastSeq })
        answers.push(answer)
        const socket = this.#sockets.length - 1
        if (answer === 'ok') flushed.set(socket, [await this.#next(socket), ...(await this.#flush(socket))])
        return flushed
      }
      case 'send': {
        for (const frame of command.frames) this.#socket(command.socket).send(frame ?? 'no JSON')
        const isLast = command.frames.some((frame) => frame?.type === 'bye')
        if (!isLast) flushed.set(command.socket, await this.#flush(command.socket))
        return flushed
      }
      case 'close': {
        const socket = this.#socket(command.socket)
        this.#open.delete(command.socket)
        socket.close()
        await inTime(socket.closed)
        return flushed
      }
      case 'evict':
        await evictDurableObject(this.stub, { webSockets: command.sockets })
        if (command.sockets === 'close') this.#open.clear()
        await this.stub.status()
        return flushed
      case 'wait':
        passTime(command.ms)
        if (!command.wakes) return flushed
        await runDurableObjectAlarm(this.stub)
        // Up and running also when no alarm was set, as after every command.
        await this.stub.status()
        return flushed
      case 'end': {
        const ended = await this.stub.end(this.#project.projectId)
        answers.push(ended.ok ? 'ok' : ended.code)
        return flushed
      }
      case 'die':
        throw new Error('a real socket does not die without a word')
    }
  }

  async #mint(by: 'secret-key' | 'public-key', ttlMs: number): Promise<CallAnswer> {
    const { projectId, publicKey } = this.#project
    const minter = by === 'secret-key' ? { kind: by, projectId } : { kind: by, key: publicKey, origin: null }
    const minted = await this.stub.mint(minter, ttlMs)
    if (!minted.ok) return minted.code
    this.#tokens.push(minted.callToken)
    return 'ok'
  }

  async #openSocket(params: SignalingParams): Promise<CallAnswer> {
    const pairs = Object.entries({ publicKey: this.#project.publicKey, ...params })
    const query = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))
    const answer = await this.stub.fetch(`https://radist.test${P2P_SIGNALING_PATH}?${query}`, {
      headers: { upgrade: 'websocket' },
    })
    if (!answer.webSocket) return refusalSchema.parse(await answer.json()).code
    this.#open.add(this.#sockets.push(new TestSocket(answer.webSocket)) - 1)
    return 'ok'
  }

  /** The next thing that comes over this socket. */
  async #next(number: number): Promise<Arrival> {
    const socket = this.#socket(number)
    const frame = await inTime(socket.next().catch(() => null))
    if (!frame) {
      this.#open.delete(number)
      return { type: 'closed', code: (await socket.closed).code }
    }
    const arrival = this.#peers.read(frame)
    if (frame.type === 'connected' && arrival.type === 'connected') {
      const given = this.#reconnectTokens[arrival.peer] ?? []
      this.#reconnectTokens[arrival.peer] = [...given, frame.reconnectToken]
    }
    return arrival
  }

  async #flush(number: number): Promise<Arrival[]> {
    const frames = await inTime(this.#socket(number).rest())
    return frames.map((frame) => this.#peers.read(frame))
  }

  #socket(number: number): TestSocket {
    const socket = this.#sockets[number]
    if (!socket) throw new Error(`there is no socket ${number}`)
    return socket
  }
}

async function inTime<T>(promised: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('nothing came in time')), PATIENCE_MS)
  return Promise.race([promised, late.promise]).finally(() => clearTimeout(timer))
}
