/** Which spatial layer of a video a receiver has use for. */

/** In pixels. */
export interface Size {
  width: number
  height: number
}

/**
 * By how much each spatial layer divides the track's sides, the lowest layer first. Where a sender does
 * not say: halves, as libwebrtc makes them and all SVC modes without `h` have them
 * (the W3C's Scalable Video Coding extension, section 6).
 */
export const layerScales = (layers: number, said: readonly (number | null)[] = []): number[] =>
  Array.from({ length: layers }, (_, layer) => said[layer] ?? 2 ** (layers - 1 - layer))

/** Whether anything of it can be seen. */
export const isSeen = ({ width, height }: Size): boolean => width > 0 && height > 0

/**
 * The layer with the smallest picture that fills the viewport, the largest where none does; also when
 * the track's size is not known.
 * @param viewport null: the receiver has not said at which size it shows the video
 * @param scales of each layer, not empty; they need not fall from layer to layer
 */
export function layerFor(viewport: Size | null, track: Size | null, scales: readonly number[]): number {
  const bySize = scales.map((scale, layer) => ({ scale, layer })).sort((a, b) => b.scale - a.scale)
  const fills = ({ scale }: { scale: number }): boolean =>
    viewport !== null &&
    track !== null &&
    track.width / scale >= viewport.width &&
    track.height / scale >= viewport.height
  return (bySize.find(fills) ?? bySize.at(-1))?.layer ?? 0
}
