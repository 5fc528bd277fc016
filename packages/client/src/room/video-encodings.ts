/** How a video is encoded for a room: in layers, so that the host has one for every receiver. */
import type { types as mediasoup } from 'mediasoup-client'

/** Below this height a smaller copy of the picture is of no use, and only costs the sender. */
const LAYERS_MIN_HEIGHT = 360

/** A codec that a page may prefer for what it sends. */
export const videoCodecs = ['vp8', 'vp9', 'h264', 'av1'] as const
export type VideoCodec = (typeof videoCodecs)[number]

/**
 * Of a smaller VP9 picture libwebrtc makes two sizes even when it is asked for three (`svc_config.cc`: none under
 * 240 by 135), and the host would take the one for the other.
 */
const THREE_SVC_SIZES = { longerSide: 960, shorterSide: 540 }

export interface VideoEncodings {
  encodings: mediasoup.RtpEncodingParameters[]
  codec?: mediasoup.RtpCodecCapability
}

/**
 * Three layers (a quarter, a half and the whole of the width) for a picture of 360 lines and more,
 * otherwise one: VP8 and H.264 as simulcast, VP9 as SVC; AV1 always one. Bitrates follow libwebrtc's own
 * table (`simulcast.cc`) for 720p and its halves.
 * @param preferred where the browser and the room share it; else VP8, else the first that they share
 */
export function videoEncodings(
  capabilities: mediasoup.RtpCapabilities,
  settings: Pick<MediaTrackSettings, 'height' | 'width'>,
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
    return { codec, encodings: [{ scalabilityMode: svcMode(name, settings), maxBitrate: 1_500_000 }] }
  return {
    codec,
    encodings: [
      { ...temporal, rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { ...temporal, rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { ...temporal, rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
    ],
  }
}

/**
 * One stream carries all layers. In VP9 each size needs the ones below it at key frames only. AV1 has one size:
 * its layers are told apart by the dependency descriptor, which mediasoup reads but does not pass on
 * (versatica/mediasoup#1536), and without it browsers decode no picture of several sizes.
 */
function svcMode(
  name: 'vp9' | 'av1',
  { width = 0, height = 0 }: Pick<MediaTrackSettings, 'height' | 'width'>,
): string {
  if (name === 'av1') return 'L1T3'
  const { longerSide, shorterSide } = THREE_SVC_SIZES
  const isLarge = Math.max(width, height) >= longerSide && Math.min(width, height) >= shorterSide
  return isLarge ? 'L3T3_KEY' : 'L2T3_KEY'
}
