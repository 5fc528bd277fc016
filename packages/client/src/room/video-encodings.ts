/** How a video is encoded for a room: in layers, so that the host has one for every receiver. */
import type { types as mediasoup } from 'mediasoup-client'
import { bitrateOf, maxBitrate, type Picture, simulcastLayers, svcLayers, svcMode } from './video-layers.ts'

/** A codec that a page may prefer for what it sends. */
export const videoCodecs = ['vp8', 'vp9', 'h264', 'av1'] as const
export type VideoCodec = (typeof videoCodecs)[number]

/** Of a track whose size the browser does not know yet: it is sent so that any size can follow. */
export const UNKNOWN_PICTURE: Picture = { width: 1280, height: 720, isScreen: false }

export interface VideoEncodings {
  encodings: mediasoup.RtpEncodingParameters[]
  codec?: mediasoup.RtpCodecCapability
}

/**
 * As many layers as browsers send of a picture of this size, each half as wide as the next: VP8 and H.264 as
 * simulcast, VP9 as SVC; AV1 always one.
 * @param preferred where the browser and the room share it; else VP8, else the first that they share
 */
export function videoEncodings(
  capabilities: mediasoup.RtpCapabilities,
  picture: Picture,
  preferred: VideoCodec = 'vp8',
): VideoEncodings {
  const codecOf = (name: VideoCodec) =>
    capabilities.codecs?.find(({ mimeType }) => mimeType.toLowerCase() === `video/${name}`)
  const name = codecOf(preferred) ? preferred : 'vp8'
  const codec = codecOf(name)
  if (!codec) return { encodings: [{ maxBitrate: maxBitrate(picture) }] }
  return { codec, encodings: encodingsOf(name, picture) }
}

/**
 * AV1 has one size: its layers are told apart by the dependency descriptor, which mediasoup reads but does not pass
 * on (versatica/mediasoup#1536), and without it browsers decode no picture of several sizes.
 */
function encodingsOf(codec: VideoCodec, picture: Picture): mediasoup.RtpEncodingParameters[] {
  if (codec === 'av1') return [{ scalabilityMode: 'L1T3', maxBitrate: maxBitrate(picture) }]
  if (codec === 'vp9') {
    const layers = svcLayers(picture)
    return [{ scalabilityMode: svcMode(layers.length), maxBitrate: bitrateOf(layers) }]
  }
  // Browsers encode no temporal layers of H.264.
  const temporal = codec === 'h264' ? {} : { scalabilityMode: 'L1T3' }
  return simulcastLayers(picture).map(({ scale, maxBitrate }) => ({
    ...temporal,
    scaleResolutionDownBy: scale,
    maxBitrate,
  }))
}
