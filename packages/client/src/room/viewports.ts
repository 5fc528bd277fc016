/** At which sizes a page shows the others' videos, as far as it says so; the sizes of those that come later, too. */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type { ProducerInfo } from '@radist-tech/protocol/room-signaling'

/** In device pixels; 0 by 0: it is not shown. */
export interface ViewportSize {
  width: number
  height: number
}

/** A participant, whose camera is meant, or the producer of any one video. */
export type ViewportTarget = string

const NOT_SHOWN: ViewportSize = { width: 0, height: 0 }
/** What the protocol carries. */
const MAX_SIDE = 16_384

const side = (length: number): number => Math.min(MAX_SIDE, Math.max(0, Math.ceil(length) || 0))

export class Viewports {
  /** By target: each place on the page where it is shown, and how large. */
  readonly #shown = new Map<ViewportTarget, Map<object, ViewportSize>>()

  /** Says at which size a place of the page shows it; null: the place is gone. */
  set(target: ViewportTarget, place: object, size: ViewportSize | null): void {
    const places = this.#shown.get(target) ?? new Map<object, ViewportSize>()
    this.#shown.set(target, places)
    if (size) places.set(place, { width: side(size.width), height: side(size.height) })
    else places.delete(place)
  }

  /** The size that is enough for all places; null when nothing was ever said of it. */
  of(participantId: ParticipantId, { producerId, source }: ProducerInfo): ViewportSize | null {
    const places = [
      this.#shown.get(producerId),
      source === 'camera' ? this.#shown.get(participantId) : undefined,
    ].filter((of) => of !== undefined)
    if (places.length === 0) return null
    const sizes = [NOT_SHOWN, ...places.flatMap((of) => [...of.values()])]
    return {
      width: Math.max(...sizes.map(({ width }) => width)),
      height: Math.max(...sizes.map(({ height }) => height)),
    }
  }

  /** It will not come back. */
  forget(target: ViewportTarget): void {
    this.#shown.delete(target)
  }
}
