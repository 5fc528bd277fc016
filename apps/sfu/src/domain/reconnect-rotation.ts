/**
 * Which generations of a participant's reconnect token are good.
 *
 * Each use brings a new generation. The one used stays good until a frame arrives on the new
 * socket, so that an answer that got lost locks nobody out.
 */
export interface ReconnectRotation {
  /** The newest generation handed out. */
  issued: number
  /** The generation that was used for the newest socket, until that socket has spoken. */
  fallback: number | null
}

/** The rotation at admission: generation 0 has been handed out. */
export const firstRotation: ReconnectRotation = { issued: 0, fallback: null }

/** The rotation after a use of this generation, or null when it is not good. */
export function rotated(rotation: ReconnectRotation, generation: number): ReconnectRotation | null {
  if (generation !== rotation.issued && generation !== rotation.fallback) return null
  return { issued: rotation.issued + 1, fallback: generation }
}

/** The newest socket has spoken, so its token has arrived: the older one is done with. */
export const settled = (rotation: ReconnectRotation): ReconnectRotation =>
  rotation.fallback === null ? rotation : { issued: rotation.issued, fallback: null }
