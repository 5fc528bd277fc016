/** Requests about data channels. */
import type { RoomAnswerData, RoomRequestData } from '@radist-tech/protocol'

import { RequestRefused } from './request-refused.ts'
import type { Requester } from './requests.ts'

export async function produceData(
  { room, participant }: Requester,
  { transportId, channel, streamId }: RoomRequestData<'produceData'>,
): Promise<RoomAnswerData<'produceData'>> {
  const { data, media, permissions } = participant
  if (!permissions.data)
    throw new RequestRefused('permission-denied', 'The token permits no sending of data.')
  const transport = media.transport(transportId, 'send')
  // A participant that asks again has lost the first answer with its socket.
  data.closeSender(channel)
  const port = await media.place.router.dataPort()
  const producer = await port.receive(transport, channel, streamId, (frame) =>
    room.data.take(participant, channel, frame),
  )
  if (producer.closed) throw gone()
  data.addSender(channel, producer)
  return { dataProducerId: producer.id }
}

/** Whoever may send data may also receive it, so that a token for chat alone makes sense. */
export async function consumeData(
  { participant }: Requester,
  { transportId, channel }: RoomRequestData<'consumeData'>,
): Promise<RoomAnswerData<'consumeData'>> {
  const { data, media, permissions } = participant
  if (!permissions.subscribe && !permissions.data) {
    throw new RequestRefused('permission-denied', 'The token permits no receiving of data.')
  }
  const transport = media.transport(transportId, 'recv')
  data.closeReceiver(channel)
  const port = await media.place.router.dataPort()
  const consumer = await port.send(transport, channel)
  if (consumer.closed) throw gone()
  const { id: dataConsumerId, dataProducerId, sctpStreamParameters } = consumer
  if (!sctpStreamParameters) throw new Error('a data consumer without an SCTP stream')
  data.addReceiver(channel, consumer, transport)
  return { dataConsumerId, dataProducerId, sctpStreamParameters }
}

export async function resumeDataConsumer(
  { participant }: Requester,
  { dataConsumerId }: RoomRequestData<'resumeDataConsumer'>,
): Promise<RoomAnswerData<'resumeDataConsumer'>> {
  const receiver = participant.data.receiverById(dataConsumerId)
  if (!receiver) throw new RequestRefused('not-found', 'No such data consumer.')
  receiver.start()
  return {}
}

const gone = () => new RequestRefused('rejected-by-media', 'It is gone already.')
