/**
 * A video that a participant publishes: at which size, who receives which layer of it, and which of its
 * encodings the sender is told to send. All of it is in memory only: it ends with the producer, and the
 * sender makes a new one when its worker has died.
 */
import type { types } from 'mediasoup'
import { parseScalabilityMode } from 'mediasoup'
import type { Clock } from '../clock.ts'
import {
  allSent,
  type Dynacast,
  dynacastAfter,
  isSame,
  nextGivenUpAt,
  wantedEncodings,
} from '../domain/dynacast.ts'
import { layerScales, type Size } from '../domain/layer-choice.ts'
import type { Reception } from './reception.ts'

export interface SentVideoOptions {
  producer: types.Producer
  /** Of each encoding, as far as the sender says so. */
  scales: readonly (number | null)[]
  /** Null: not known. */
  size: Size | null
  priority: number
  clock: Clock
  /** False: all encodings are always wanted. */
  dynacast: boolean
  /** Tells the sender which encodings are wanted. */
  tell: (layers: boolean[]) => void
}

export class SentVideo {
  /** How many the producer has, whether or not there are so many of the track's size. */
  readonly layers: number
  readonly #producer: types.Producer
  readonly #clock: Clock
  readonly #tell: SentVideoOptions['tell']
  readonly #receptions = new Set<Reception>()
  readonly #encodings: number
  readonly #isChoosing: boolean
  #scales: readonly number[]
  #size: Size | null
  #priority: number
  #dynacast: Dynacast
  #timer: NodeJS.Timeout | undefined

  constructor({ producer, scales, size, priority, clock, dynacast, tell }: SentVideoOptions) {
    const encodings = producer.rtpParameters.encodings ?? []
    this.#encodings = Math.max(1, encodings.length)
    const { spatialLayers } = parseScalabilityMode(encodings[0]?.scalabilityMode)
    const isSimulcast = this.#encodings > 1
    this.layers = isSimulcast ? this.#encodings : spatialLayers
    // The sender's scale of the only encoding is that of its largest layer.
    this.#scales = layerScales(this.layers, isSimulcast ? scales : [])
    this.#producer = producer
    this.#clock = clock
    this.#tell = tell
    this.#isChoosing = dynacast
    this.#size = size
    this.#priority = priority
    this.#dynacast = allSent(this.#encodings)
    producer.observer.once('close', () => clearTimeout(this.#timer))
    this.update()
  }

  get size(): Size | null {
    return this.#size
  }

  /** By how much each layer that there is divides the track's sides. */
  get scales(): readonly number[] {
    return this.#scales
  }

  /** Of its consumers, unless their participants chose another. */
  get priority(): number {
    return this.#priority
  }

  /**
   * Resolves when all receivers have been served, so that a sender cannot ask faster than they are.
   * @param scales of each layer that there is of this size, at most {@link layers}
   */
  setSize(size: Size, scales: readonly number[] = this.#scales): Promise<void> {
    this.#size = size
    this.#scales = scales
    return this.#applyToAll()
  }

  setPriority(priority: number): void {
    this.#priority = priority
    void this.#applyToAll()
  }

  add(reception: Reception): void {
    this.#receptions.add(reception)
    this.update()
  }

  remove(reception: Reception): void {
    this.#receptions.delete(reception)
    this.update()
  }

  /** Looks again at what its receivers want. */
  update(): void {
    clearTimeout(this.#timer)
    if (this.#producer.closed || !this.#isChoosing) return
    const layers = [...this.#receptions].flatMap((reception) => reception.wantedLayer ?? [])
    const now = this.#clock.monotonic()
    const before = this.#dynacast
    this.#dynacast = dynacastAfter(before, wantedEncodings(this.#encodings, layers), now)
    if (!isSame(before.told, this.#dynacast.told)) this.tellSender()
    const next = nextGivenUpAt(this.#dynacast)
    if (next !== null) this.#timer = setTimeout(() => this.update(), Math.max(1, next - now))
  }

  tellSender(): void {
    this.#tell([...this.#dynacast.told])
  }

  /** A consumer that answers with a failure is closing, with its worker or its participant. */
  async #applyToAll(): Promise<void> {
    await Promise.all([...this.#receptions].map((reception) => reception.apply().catch(() => undefined)))
  }
}
