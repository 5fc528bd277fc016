/** What a test and the process of a participant's media say to each other. */
import { dataChannelSchema } from '@radist-tech/protocol'
import type { types } from 'mediasoup-client'
import { z } from 'zod'

/** Of the page: which of its clients, in the order in which they were opened. */
const client = z.int()

export const pageCallSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('open'), routerRtpCapabilities: z.custom<types.RtpCapabilities>() }),
  z.object({ method: z.literal('publish'), client, kind: z.enum(['audio', 'video']) }),
  z.object({ method: z.literal('consume'), client, producerId: z.string() }),
  z.object({ method: z.literal('decode'), consumerId: z.string(), count: z.int() }),
  z.object({ method: z.literal('sendData'), client, channel: dataChannelSchema }),
  z.object({ method: z.literal('receiveData'), client, channel: dataChannelSchema, into: z.int() }),
  z.object({ method: z.literal('readBuffered'), dataProducerId: z.string() }),
  z.object({ method: z.literal('readReceived'), client }),
])
export type PageCall = z.infer<typeof pageCallSchema>

/** A data message to send. */
export const pageNewsSchema = z.object({
  dataProducerId: z.string(),
  frame: z.instanceof(Uint8Array),
})
export type PageNews = z.infer<typeof pageNewsSchema>

/** A request to the host. */
export const hostRequestSchema = z.object({ method: z.string(), data: z.unknown() })
export type HostRequest = z.infer<typeof hostRequestSchema>

/** A data message that has come, for the channel that was opened with the same `into`. */
export const arrivalSchema = z.object({ into: z.int(), frame: z.instanceof(Uint8Array) })
export type Arrival = z.infer<typeof arrivalSchema>

export const openedSchema = z.object({ client, rtpCapabilities: z.custom<types.RtpCapabilities>() })
export const publishedSchema = z.object({
  id: z.string(),
  rtpParameters: z.custom<types.RtpParameters>(),
})
export const consumedSchema = z.object({ id: z.string() })
export const receivedSchema = z.object({ packets: z.int(), lost: z.int() })
