/** The way between a schedule's hosts and the Worker, which loses, delays, doubles and reorders requests. */
import type { ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import {
  readUnverifiedIssuer,
  SIGNATURE_HEADER,
  USAGE_PATH,
  type UsageRecord,
  usageAnswerSchema,
  usageBodySchema,
} from '@radist-tech/protocol'
import type { WireFault } from './schedule.ts'
import { type WireRequest, WireServer } from './wire-server.ts'

export interface WireOptions {
  /** Where the Worker is now. */
  workerOrigin: () => string
  /** In the order of the requests with usage. */
  faults: readonly WireFault[]
  killHost: (hostId: string) => void
  killWorker: () => void
  /** Sends records in the name of another host. */
  sendAsAnother: (records: UsageRecord[]) => Promise<unknown>
}

interface Answer {
  status: number
  body: Uint8Array
}

export class HostWire {
  /** What must never happen, in words. */
  readonly complaints: string[] = []
  requests = 0
  readonly #options: WireOptions
  readonly #server: WireServer
  readonly #sent = new Map<string, string>()
  /** Records that the Worker said it has, whether or not a host heard of it. */
  readonly #accepted = new Map<string, UsageRecord>()
  #healed = false
  /** To arrive after the next request. */
  #overtaken: WireRequest[] = []

  static async open(options: WireOptions): Promise<HostWire> {
    return new HostWire(options, await WireServer.open())
  }

  private constructor(options: WireOptions, server: WireServer) {
    this.#options = options
    this.#server = server
    server.carryBy(['content-type', 'authorization', SIGNATURE_HEADER], (request, response) =>
      this.#carry(request, response),
    )
  }

  get url(): string {
    return this.#server.url
  }

  /** By participant: the completed seconds of all that the Worker said it has. */
  get reported(): ReadonlyMap<string, number> {
    const times = new Map<string, number>()
    for (const { participantId, seconds, remainderMs } of this.#accepted.values())
      times.set(participantId, (times.get(participantId) ?? 0) + seconds * 1000 + remainderMs)
    return new Map([...times].map(([id, ms]) => [id, Math.floor(ms / 1000)]))
  }

  /** From here on nothing befalls a request, and what is still on its way arrives. */
  async heal(): Promise<void> {
    this.#healed = true
    await this.#release()
  }

  async #release(): Promise<void> {
    for (const request of this.#overtaken.splice(0)) await this.#forward(request).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#server.close()
  }

  async #carry(request: WireRequest, response: ServerResponse): Promise<void> {
    const fault = request.path === USAGE_PATH ? this.#nextFault(request) : null
    const answer = await (fault ? this.#suffer(fault, request) : this.#forward(request))
    if (answer === null) {
      response.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  }

  #nextFault(request: WireRequest): WireFault {
    for (const record of recordsIn(request)) {
      const text = JSON.stringify(record)
      const before = this.#sent.get(record.recordId)
      if (before !== undefined && before !== text) this.complaints.push(`record ${record.recordId} changed`)
      this.#sent.set(record.recordId, text)
    }
    const fault = this.#options.faults[this.requests]
    this.requests += 1
    return this.#healed || !fault ? { fault: 'none' } : fault
  }

  /** The answer that the host gets, or null: then its connection breaks. */
  async #suffer(fault: WireFault, request: WireRequest): Promise<Answer | null> {
    switch (fault.fault) {
      case 'none':
        return this.#forwardAndRelease(request)
      case 'drop':
        return null
      case 'lose-answer':
        await this.#forwardAndRelease(request)
        return null
      case 'garble-answer': {
        const { status, body } = await this.#forwardAndRelease(request)
        return { status, body: body.subarray(0, body.length / 2) }
      }
      case 'delay':
        await after(fault.ms)
        return this.#forwardAndRelease(request)
      case 'double': {
        const [first, second] = await Promise.all([this.#forward(request), this.#forward(request)])
        return first.status === 200 ? first : second
      }
      case 'overtaken':
        this.#overtaken.push(request)
        return null
      case 'sent-by-another': {
        const another = this.#options.sendAsAnother(recordsIn(request)).catch(() => undefined)
        const answer = await this.#forwardAndRelease(request)
        await another
        return answer
      }
      case 'host-dies': {
        if (fault.when === 'after') await this.#forward(request)
        const hostId = readUnverifiedIssuer(request.headers[SIGNATURE_HEADER] ?? '')?.issuer
        if (hostId !== undefined) this.#options.killHost(hostId)
        return null
      }
      case 'worker-dies': {
        const answer = this.#forward(request)
        void after(fault.afterMs).then(this.#options.killWorker)
        return answer
      }
      default:
        return fault satisfies never
    }
  }

  async #forwardAndRelease(request: WireRequest): Promise<Answer> {
    const answer = await this.#forward(request)
    await this.#release()
    return answer
  }

  async #forward(request: WireRequest): Promise<Answer> {
    const { path, headers, body } = request
    const response = await fetch(this.#options.workerOrigin() + path, { method: 'POST', headers, body })
    const answer = { status: response.status, body: new Uint8Array(await response.arrayBuffer()) }
    if (path === USAGE_PATH && answer.status === 200) this.#note(recordsIn(request), answer)
    return answer
  }

  #note(records: readonly UsageRecord[], answer: Answer): void {
    const { accepted, rejected } = usageAnswerSchema.parse(JSON.parse(Buffer.from(answer.body).toString()))
    for (const { recordId, code } of rejected) this.complaints.push(`record ${recordId} rejected: ${code}`)
    const sent = new Map(records.map((record) => [record.recordId, record]))
    for (const recordId of accepted) {
      const record = sent.get(recordId)
      if (record) this.#accepted.set(recordId, record)
      else this.complaints.push(`record ${recordId} accepted, though it was not sent`)
    }
  }
}

const recordsIn = ({ body }: WireRequest): UsageRecord[] =>
  usageBodySchema.parse(JSON.parse(Buffer.from(body).toString())).records
