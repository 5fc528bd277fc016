/** In which sizes a video can be sent, which depends on the size of its picture, and with how many bits. */
import type { types as mediasoup } from 'mediasoup-client'

/** In pixels. */
export interface PictureSize {
  width: number
  height: number
}

export interface Picture extends PictureSize {
  /** Its lines matter more than its motion: browsers encode it as a screen. */
  isScreen: boolean
}

export interface VideoLayer {
  /** By how much it divides the picture's sides. */
  scale: number
  /** Bits per second. */
  maxBitrate: number
}

const MOST_LAYERS = 3

/**
 * libwebrtc's table for VP8 and H.264 (`video/config/simulcast.cc`): how many encodings browsers that are built on it
 * send of a picture with so many pixels, and with how many bits. Asked for more, they leave out the last ones, which
 * are the largest: the picture itself would never be sent.
 */
const FORMATS = [
  { pixels: 1920 * 1080, encodings: 3, maxBitrate: 5_000_000 },
  { pixels: 1280 * 720, encodings: 3, maxBitrate: 2_500_000 },
  { pixels: 960 * 540, encodings: 3, maxBitrate: 1_200_000 },
  { pixels: 640 * 360, encodings: 2, maxBitrate: 700_000 },
  { pixels: 480 * 270, encodings: 2, maxBitrate: 450_000 },
  { pixels: 320 * 180, encodings: 1, maxBitrate: 200_000 },
] as const
const LEAST_BITRATE = 200_000

/** libwebrtc makes no smaller VP9 picture (`modules/video_coding/svc_config.cc`), and leaves the size out. */
const SMALLEST_SVC = { longerSide: 240, shorterSide: 135 }

/** Of one encoding, in bits per second: as in the table, between two of its sizes in proportion. */
export function maxBitrate({ width, height }: PictureSize): number {
  const pixels = width * height
  const below = FORMATS.findIndex((format) => pixels >= format.pixels)
  const lower = FORMATS[below]
  const upper = FORMATS[below - 1]
  if (!lower) return LEAST_BITRATE
  if (!upper) return lower.maxBitrate
  const share = (pixels - lower.pixels) / (upper.pixels - lower.pixels)
  return Math.round(lower.maxBitrate + share * (upper.maxBitrate - lower.maxBitrate))
}

/** Layers that halve the picture's sides from one to the next, the smallest first and the whole picture last. */
function halves(layers: number, { width, height }: PictureSize): VideoLayer[] {
  return Array.from({ length: layers }, (_, layer) => {
    const scale = 2 ** (layers - 1 - layer)
    return { scale, maxBitrate: maxBitrate({ width: width / scale, height: height / scale }) }
  })
}

/** @param most encodings that there are: 1 or more */
export function simulcastLayers(size: PictureSize, most: number = MOST_LAYERS): VideoLayer[] {
  const pixels = size.width * size.height
  const sent = FORMATS.find((format) => pixels >= format.pixels)?.encodings ?? 1
  return halves(Math.min(most, sent), size)
}

/**
 * Of VP9, whose layers are in one stream. A screen has one: Chromium (156) sends nothing at all of a screen in SVC.
 * @param most spatial layers of its scalability mode: 1 or more
 */
export function svcLayers({ isScreen, ...size }: Picture, most: number = MOST_LAYERS): VideoLayer[] {
  const longer = Math.max(size.width, size.height) / SMALLEST_SVC.longerSide
  const shorter = Math.min(size.width, size.height) / SMALLEST_SVC.shorterSide
  const sizes = isScreen ? 1 : Math.floor(1 + Math.log2(Math.max(1, Math.min(longer, shorter))))
  return halves(Math.min(most, sizes), size)
}

/** In VP9 each size needs the ones below it at key frames only. @param layers 1 to 3 */
export const svcMode = (layers: number): string => (layers > 1 ? `L${layers}T3_KEY` : 'L1T3')

/** What a stream needs that carries all of these layers. */
export const bitrateOf = (layers: readonly VideoLayer[]): number =>
  layers.reduce((sum, layer) => sum + layer.maxBitrate, 0)

export interface FittedEncodings {
  /** Of each encoding; `active`: whether there is any for it to send. */
  encodings: (Pick<
    mediasoup.RtpEncodingParameters,
    'scaleResolutionDownBy' | 'scalabilityMode' | 'maxBitrate'
  > & {
    active: boolean
  })[]
  /** Of each layer that there is, the smallest first. */
  scales: number[]
}

/**
 * How a track that is published is sent when this is its picture: the encodings are as many as they were, and those
 * that are too many for it rest.
 * @param published the encodings that it was published with
 */
export function fittedEncodings(
  published: readonly Pick<mediasoup.RtpEncodingParameters, 'scalabilityMode'>[],
  picture: Picture,
): FittedEncodings {
  if (published.length > 1) return fittedSimulcast(published.length, picture)
  const spatialLayers = Number(/^L(\d)/.exec(published[0]?.scalabilityMode ?? '')?.[1] ?? 1)
  const layers = svcLayers(picture, spatialLayers)
  const mode = spatialLayers > 1 ? { scalabilityMode: svcMode(layers.length) } : {}
  return {
    encodings: [{ ...mode, maxBitrate: bitrateOf(layers), active: true }],
    scales: layers.map(({ scale }) => scale),
  }
}

function fittedSimulcast(count: number, size: PictureSize): FittedEncodings {
  const layers = simulcastLayers(size, count)
  const encodings = Array.from({ length: count }, (_, i) => {
    // One that rests has the whole picture's size: browsers expect none to be smaller than those before it.
    const { scale, maxBitrate: bitrate } = layers[i] ?? { scale: 1, maxBitrate: maxBitrate(size) }
    return { scaleResolutionDownBy: scale, maxBitrate: bitrate, active: i < layers.length }
  })
  return { encodings, scales: layers.map(({ scale }) => scale) }
}
