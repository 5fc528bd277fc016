/** How a video is encoded for a room: in layers, so that the host has one for every receiver. */
import type { types as mediasoup } from 'mediasoup-client'

/** Below this height a smaller copy of the picture is of no use, and only costs the sender. */
const LAYERS_MIN_HEIGHT = 360

/** A codec that a page may prefer for what it sends. */
export const videoCodecs = ['vp8', 'vp9', 'h264', 'av1'] as const
export type VideoCodec = (typeof videoCodecs)[number]

/** One stream carries all three layers (SVC): each needs the ones below it at key frames only. */
const SVC_MODE = 'L3T3_KEY'

export interface VideoEncodings {
  encodings: mediasoup.RtpEncodingParameters[]
  codec?: mediasoup.RtpCodecCapability
}

/**
 * Three layers (a quarter, a half and the whole of the width) for a picture of 360 lines and more,
 * otherwise one: VP8 and H.264 as simulcast, VP9 and AV1 as SVC. Bitrates follow libwebrtc's own
 * table (`simulcast.cc`) for 720p and its halves.
 * @param preferred where the browser and the room share it; else VP8, else the first that they share
 */
export function videoEncodings(
  capabilities: mediasoup.RtpCapabilities,
  settings: Pick<MediaTrackSettings, 'height'>,
  preferred: VideoCodec = 'vp8',
): VideoEncodings {
  const codecOf = (name: VideoCodec) =>
    capabilities.codecs?.find(({ mimeType }) => mimeType.toLowerCase() === `video/${name}`)
  const name = codecOf(preferred) ? preferred : 'vp8'
  const codec = codecOf(name)
  if (!codec) return { encodings: [{ maxBitrate: 1_500_000 }] }
  // Browsers encode no temporal layers of H.264.
  const temporal = name === 'h264' ? {} : { scalabilityMode: 'L1T3' }
  if ((settings.height ?? 0) < LAYERS_MIN_HEIGHT)
    return { codec, encodings: [{ ...temporal, maxBitrate: 500_000 }] }
  if (name === 'vp9' || name === 'av1')
    return { codec, encodings: [{ scalabilityMode: SVC_MODE, maxBitrate: 1_500_000 }] }
  return {
    codec,
    encodings: [
      { ...temporal, rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { ...temporal, rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { ...temporal, rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
    ],
  }
}
