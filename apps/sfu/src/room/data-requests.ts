/** Requests about data channels. */
import type { RoomAnswerData, RoomRequestData } from '@radist-tech/protocol'
import { z } from 'zod'
import { askMedia } from '../media/ask-media.ts'
import { RequestRefused } from './request-refused.ts'
import type { Requester } from './requests.ts'

/** A data channel's stream (RFC 8832): checked here, since the media worker takes any number for one. */
const sctpStreamSchema = z.object({
  streamId: z.int().min(0).max(65_534),
  ordered: z.boolean().default(true),
  maxPacketLifeTime: z.int().min(0).max(65_535).optional(),
  maxRetransmits: z.int().min(0).max(65_535).optional(),
})

export async function produceData(
  { room, participant }: Requester,
  { transportId, sctpStreamParameters, label }: RoomRequestData<'produceData'>,
): Promise<RoomAnswerData<'produceData'>> {
  if (!participant.permissions.data)
    throw new RequestRefused('permission-denied', 'The token permits no sending of data.')
  const stream = sctpStreamSchema.safeParse(sctpStreamParameters)
  if (!stream.success)
    throw new RequestRefused('invalid-data', 'sctpStreamParameters: no stream of a data channel.')
  const { streamId, ordered, maxPacketLifeTime, maxRetransmits } = stream.data
  participant.media.refuseBeyondLimit('dataProducers')
  const transport = participant.media.transport(transportId, 'send')
  const dataProducer = await askMedia(
    transport.produceData({
      sctpStreamParameters: {
        streamId,
        ordered,
        ...(maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime }),
        ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
      },
      label,
    }),
    (late) => late.close(),
  )
  participant.media.addDataProducer(dataProducer)
  room.publications.dataAdded(participant, dataProducer)
  return { dataProducerId: dataProducer.id }
}

/** Whoever may send data may also receive it, so that a token for chat alone makes sense. */
export async function consumeData(
  { room, participant }: Requester,
  { transportId, dataProducerId }: RoomRequestData<'consumeData'>,
): Promise<RoomAnswerData<'consumeData'>> {
  const { media, permissions } = participant
  if (!permissions.subscribe && !permissions.data) {
    throw new RequestRefused('permission-denied', 'The token permits no receiving of data.')
  }
  const transport = media.transport(transportId, 'recv')
  const { owner, dataProducer } = room.publications.dataOfOther(participant, dataProducerId)
  media.dataConsumerOf(dataProducerId)?.close()
  media.refuseBeyondLimit('dataConsumers')
  const produced = { is: 'data', producer: dataProducer, at: owner.media.place.router } as const
  const dataConsumer = await media.place.consumeData(transport, produced)
  media.addDataConsumer(dataConsumer)
  const { id: dataConsumerId, sctpStreamParameters, label } = dataConsumer
  if (!sctpStreamParameters) throw new Error('a data consumer without an SCTP stream')
  return { dataConsumerId, dataProducerId, participantId: owner.id, sctpStreamParameters, label }
}
