/** How a camera is encoded for a room: simulcast, so that the host has a layer for every receiver. */
import type { types as mediasoup } from 'mediasoup-client'

/** Below this height a smaller copy of the picture is of no use, and only costs the sender. */
const SIMULCAST_MIN_HEIGHT = 360

export interface CameraEncodings {
  encodings: mediasoup.RtpEncodingParameters[]
  codec?: mediasoup.RtpCodecCapability
}

/**
 * Three VP8 layers (a quarter, a half and the whole of the width, each with three temporal layers)
 * for a picture of 360 lines and more, otherwise one. Bitrates follow libwebrtc's own table
 * (`simulcast.cc`) for 720p and its halves.
 */
export function cameraEncodings(
  capabilities: mediasoup.RtpCapabilities,
  settings: Pick<MediaTrackSettings, 'height'>,
): CameraEncodings {
  const vp8 = capabilities.codecs?.find((codec) => codec.mimeType.toLowerCase() === 'video/vp8')
  const single: mediasoup.RtpEncodingParameters = { maxBitrate: 1_500_000, scalabilityMode: 'L1T3' }
  if (!vp8) return { encodings: [{ maxBitrate: 1_500_000 }] }
  if ((settings.height ?? 0) < SIMULCAST_MIN_HEIGHT)
    return { encodings: [{ ...single, maxBitrate: 500_000 }], codec: vp8 }
  return {
    codec: vp8,
    encodings: [
      { ...single, rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { ...single, rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { ...single, rid: 'f', scaleResolutionDownBy: 1 },
    ],
  }
}
