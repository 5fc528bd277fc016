/**
 * RTP parameters as a participant may send them, checked before mediasoup sees them.
 *
 * mediasoup checks less than it needs: a value of a wrong type where it writes a number (`maxBitrate`
 * as a string, in 3.27) throws in the middle of a message to its worker. The half-written message
 * stays in the buffer that all requests to that worker share, and every later one of them fails: one
 * participant's nonsense would end the rooms of others. So whatever it serializes has its type here.
 */
import { layerScaleSchema } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { z } from 'zod'
import { RequestRefused } from '../room/request-refused.ts'

const uint32 = z.int().min(0).max(0xff_ff_ff_ff)
const byte = z.int().min(0).max(255)
const shortText = z.string().max(255)
/** Of codecs and header extensions: what mediasoup can write. */
const parameterValues = z.record(
  z.string().max(64),
  z.union([z.string().max(1024), z.number(), z.boolean(), z.null(), z.array(z.int()).max(64)]),
)

const codec = z.object({
  mimeType: z.string().max(64),
  payloadType: byte,
  clockRate: uint32,
  channels: byte.exactOptional(),
  parameters: parameterValues.exactOptional(),
  rtcpFeedback: z
    .array(z.object({ type: z.string().max(64), parameter: z.string().max(64).exactOptional() }))
    .max(32)
    .exactOptional(),
})

const encoding = z.object({
  ssrc: uint32.exactOptional(),
  rid: shortText.exactOptional(),
  codecPayloadType: byte.exactOptional(),
  rtx: z.object({ ssrc: uint32 }).exactOptional(),
  dtx: z.boolean().exactOptional(),
  scalabilityMode: z.string().max(16).exactOptional(),
  maxBitrate: uint32.exactOptional(),
})

const headerExtension = z.object({
  // Which ones there are is mediasoup's to know; it refuses the others.
  uri: z.custom<types.RtpHeaderExtensionUri>((uri) => typeof uri === 'string' && uri.length <= 255),
  id: byte,
  encrypt: z.boolean().exactOptional(),
  parameters: parameterValues.exactOptional(),
})

/** Many times what any browser sends. */
const MAX_ENTRIES = 64

const rtpParametersSchema = z.object({
  mid: shortText.exactOptional(),
  msid: shortText.exactOptional(),
  codecs: z.array(codec).min(1).max(MAX_ENTRIES),
  headerExtensions: z.array(headerExtension).max(MAX_ENTRIES).exactOptional(),
  encodings: z.array(encoding).max(MAX_ENTRIES).exactOptional(),
  rtcp: z
    .object({ cname: shortText.exactOptional(), reducedSize: z.boolean().exactOptional() })
    .exactOptional(),
})

/** The parameters with nothing in them but what mediasoup knows. @throws {RequestRefused} `rejected-by-media` */
export function checkedRtpParameters(parameters: object): types.RtpParameters {
  const checked = rtpParametersSchema.safeParse(parameters)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new RequestRefused(
    'rejected-by-media',
    `rtpParameters.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`,
  )
}

const scalesSchema = z.object({
  encodings: z.array(z.object({ scaleResolutionDownBy: layerScaleSchema.optional() })),
})

/**
 * By how much each encoding of a video divides the track's width and height, from what the sender says
 * (mediasoup has no use for it); null where it says nothing, or nothing that can be true.
 */
export function encodingScales(parameters: object): (number | null)[] {
  const said = scalesSchema.safeParse(parameters)
  return said.success
    ? said.data.encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy ?? null)
    : []
}
