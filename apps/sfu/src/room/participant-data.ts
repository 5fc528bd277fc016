/** One participant's data channels, and what it may send over them. They end with their transports. */
import type { DataChannel, DataRefusal } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { type DataVerdict, dataBudgetAfter, fullDataBudget } from '../domain/data-budget.ts'
import type { Limits } from '../limits.ts'
import { DataReceiver } from '../media/data-receiver.ts'

/** How often a participant is told at most that messages of it were refused for one and the same reason. */
const TELL_MS = 1000
/** How long nothing is read of one that floods: its media worker throws it away. */
const FLOOD_PAUSE_MS = 1000

export class ParticipantData {
  readonly #limits: Limits['data']
  readonly #tell: (reason: DataRefusal, count: number) => void
  readonly #senders = new Map<DataChannel, types.DataProducer>()
  readonly #receivers = new Map<DataChannel, DataReceiver>()
  #budget: ReturnType<typeof fullDataBudget>
  /** Refusals that it has not been told of yet. */
  readonly #refusals = new Map<DataRefusal, number>()
  #telling: NodeJS.Timeout | undefined
  readonly #floods = new Map<types.DataProducer, NodeJS.Timeout>()

  /** @param now on the monotonic clock */
  constructor(limits: Limits['data'], now: number, tell: (reason: DataRefusal, count: number) => void) {
    this.#limits = limits
    this.#tell = tell
    this.#budget = fullDataBudget(limits, now)
  }

  /** Ends this channel to the host, if there is one. */
  closeSender(channel: DataChannel): void {
    this.#senders.get(channel)?.close()
  }

  addSender(channel: DataChannel, producer: types.DataProducer): void {
    this.#senders.set(channel, producer)
    producer.observer.once('close', () => {
      if (this.#senders.get(channel) === producer) this.#senders.delete(channel)
      clearTimeout(this.#floods.get(producer))
      this.#floods.delete(producer)
    })
  }

  closeReceiver(channel: DataChannel): void {
    this.#receivers.get(channel)?.close()
  }

  addReceiver(channel: DataChannel, consumer: types.DataConsumer, transport: types.WebRtcTransport): void {
    const waitingBytes = channel === 'reliable' ? this.#limits.waitingBytes : 0
    const receiver = new DataReceiver(consumer, transport, waitingBytes)
    this.#receivers.set(channel, receiver)
    consumer.observer.once('close', () => {
      if (this.#receivers.get(channel) === receiver) this.#receivers.delete(channel)
    })
  }

  receiverById(id: string): DataReceiver | undefined {
    return [...this.#receivers.values()].find((receiver) => receiver.id === id)
  }

  /** Its open channel from the host. */
  receiver(channel: DataChannel): DataReceiver | null {
    const receiver = this.#receivers.get(channel)
    return receiver?.started ? receiver : null
  }

  /** Whether it may send so many bytes now. */
  spend(channel: DataChannel, bytes: number, now: number): DataVerdict {
    const { verdict, budget } = dataBudgetAfter(this.#budget, this.#limits, { bytes, now })
    this.#budget = budget
    const producer = this.#senders.get(channel)
    if (verdict === 'flood' && producer) this.#pause(producer)
    return verdict
  }

  refuse(reason: DataRefusal): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
    if (!this.#telling) this.#tellRefusals()
  }

  close(): void {
    clearTimeout(this.#telling)
    for (const timer of this.#floods.values()) clearTimeout(timer)
  }

  #tellRefusals(): void {
    this.#telling = undefined
    if (this.#refusals.size === 0) return
    for (const [reason, count] of this.#refusals) this.#tell(reason, count)
    this.#refusals.clear()
    this.#telling = setTimeout(() => this.#tellRefusals(), TELL_MS)
  }

  #pause(producer: types.DataProducer): void {
    if (this.#floods.has(producer)) return
    const resume = () => {
      this.#floods.delete(producer)
      producer.resume().catch(ignoreEnd)
    }
    this.#floods.set(producer, setTimeout(resume, FLOOD_PAUSE_MS))
    producer.pause().catch(ignoreEnd)
  }
}

/** The producer has been closed, or its worker has died. */
const ignoreEnd = (): void => undefined
