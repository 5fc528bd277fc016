/** Picture qualities to choose from before joining. `?quality=low` in the address chooses one beforehand. */
export type Quality = 'low' | 'standard' | 'high'

interface QualityOption {
  label: string
  constraints: MediaTrackConstraints
}

const picture = (width: number, height: number, frameRate: number): MediaTrackConstraints => ({
  width: { ideal: width },
  height: { ideal: height },
  frameRate: { ideal: frameRate },
})

export const qualities: Readonly<Record<Quality, QualityOption>> = {
  low: { label: 'Low (180p), for slow lines', constraints: picture(320, 180, 15) },
  standard: { label: 'Standard (360p)', constraints: picture(640, 360, 30) },
  high: { label: 'High (720p)', constraints: picture(1280, 720, 30) },
}

export const isQuality = (text: string | null): text is Quality =>
  text !== null && Object.hasOwn(qualities, text)

/** The quality that the address asks for. */
export function qualityOfAddress(): Quality {
  const asked = new URLSearchParams(window.location.search).get('quality')
  return isQuality(asked) ? asked : 'standard'
}
