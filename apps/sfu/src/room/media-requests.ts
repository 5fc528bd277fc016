/** Requests about transports, producers and consumers. */
import {
  mayPublish,
  type RoomAnswerData,
  type RoomRequestData,
  roomRequests,
  type TrackSource,
} from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { askMedia } from '../media/ask-media.ts'
import { checkedRtpParameters, encodingScales } from '../media/rtp-parameters.ts'
import { endBackendMute } from './backend-requests.ts'
import { Reception } from './reception.ts'
import { RequestRefused } from './request-refused.ts'
import type { Requester } from './requests.ts'

const DONE = {}

const kindOfSource: Record<TrackSource, types.MediaKind> = {
  microphone: 'audio',
  'screen-audio': 'audio',
  camera: 'video',
  screen: 'video',
}

export async function createTransport(
  { room, participant, socket }: Requester,
  { direction }: RoomRequestData<'createTransport'>,
): Promise<RoomAnswerData<'createTransport'>> {
  const expected = room.publications.expectedBy(participant)
  const transport = await participant.media.createTransport(direction, expected, socket)
  transport.on('iceselectedtuplechange', () => room.publications.pathChanged(participant, direction))
  const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport
  if (!sctpParameters) throw new Error('a transport without SCTP')
  return { transportId: id, iceParameters, iceCandidates, dtlsParameters, sctpParameters }
}

export async function connectTransport(
  { participant }: Requester,
  { transportId, dtlsParameters }: RoomRequestData<'connectTransport'>,
): Promise<RoomAnswerData<'connectTransport'>> {
  await askMedia(participant.media.transport(transportId).connect({ dtlsParameters }))
  return DONE
}

export async function restartIce(
  { participant }: Requester,
  { transportId }: RoomRequestData<'restartIce'>,
): Promise<RoomAnswerData<'restartIce'>> {
  return { iceParameters: await askMedia(participant.media.transport(transportId).restartIce()) }
}

export async function countSent(
  { participant }: Requester,
  { transportId }: RoomRequestData<'countSent'>,
): Promise<RoomAnswerData<'countSent'>> {
  const [stats] = await askMedia(participant.media.transport(transportId).getStats())
  return { rtpBytes: stats?.rtpBytesSent ?? 0 }
}

/**
 * A sender is asked for key frames no more often than this, in milliseconds. libwebrtc ignores who asks within 300 ms of
 * the last time, and mediasoup waits a second for an answer before it asks again: who came just after another saw
 * nothing meanwhile.
 */
const KEY_FRAME_INTERVAL_MS = 400

export async function produce(
  { room, participant }: Requester,
  { transportId, kind, source, rtpParameters, paused, width, height }: RoomRequestData<'produce'>,
): Promise<RoomAnswerData<'produce'>> {
  if (!mayPublish(participant.permissions, source))
    throw new RequestRefused('permission-denied', `The token permits no publishing of a ${source}.`)
  if (kindOfSource[source] !== kind) throw new RequestRefused('invalid-data', `A ${source} is not ${kind}.`)
  const { media } = participant
  media.refuseBeyondLimit('producers')
  const transport = media.transport(transportId, 'send')
  const producer = await askMedia(
    transport.produce({
      kind,
      rtpParameters: checkedRtpParameters(rtpParameters),
      paused,
      keyFrameRequestDelay: KEY_FRAME_INTERVAL_MS,
    }),
    (late) => late.close(),
  )
  try {
    if (source === 'microphone') await media.place.router.listenTo(producer.id)
    const size = width === undefined || height === undefined ? null : { width, height }
    const scales = encodingScales(rtpParameters)
    const video = kind === 'video' ? room.sentVideo(participant, { producer, source, scales, size }) : null
    const track = { producer, source, video }
    media.addTrack(track)
    room.publications.trackAdded(participant, track)
  } catch (error) {
    producer.close()
    throw error
  }
  return { producerId: producer.id }
}

export async function pauseProducer(
  { room, participant }: Requester,
  { producerId }: RoomRequestData<'pauseProducer'>,
): Promise<RoomAnswerData<'pauseProducer'>> {
  const track = participant.media.track(producerId)
  endBackendMute(track)
  const { producer } = track
  if (producer.paused) return DONE
  await askMedia(producer.pause())
  room.publications.trackPaused(participant, producerId)
  return DONE
}

export async function resumeProducer(
  { room, participant }: Requester,
  { producerId }: RoomRequestData<'resumeProducer'>,
): Promise<RoomAnswerData<'resumeProducer'>> {
  const track = participant.media.track(producerId)
  endBackendMute(track)
  const { producer } = track
  if (!producer.paused) return DONE
  await askMedia(producer.resume())
  room.broadcast('producerResumed', { participantId: participant.id, producerId }, participant)
  return DONE
}

export async function updateTrack(
  { participant }: Requester,
  { producerId, width, height, scales }: RoomRequestData<'updateTrack'>,
): Promise<RoomAnswerData<'updateTrack'>> {
  const { video } = participant.media.track(producerId)
  if (!video) throw new RequestRefused('invalid-state', 'Sound has no size.')
  if (scales && scales.length > video.layers)
    throw new RequestRefused('invalid-data', 'The track has fewer layers than that.')
  await video.setSize({ width, height }, scales)
  return DONE
}

export async function closeProducer(
  { participant }: Requester,
  { producerId }: RoomRequestData<'closeProducer'>,
): Promise<RoomAnswerData<'closeProducer'>> {
  participant.media.track(producerId).producer.close()
  return DONE
}

export async function consume(
  { room, participant }: Requester,
  { transportId, producerId, rtpCapabilities }: RoomRequestData<'consume'>,
): Promise<RoomAnswerData<'consume'>> {
  const { media, permissions } = participant
  if (!permissions.subscribe)
    throw new RequestRefused('permission-denied', 'The token permits no subscribing.')
  const transport = media.transport(transportId, 'recv')
  const { owner, track } = room.publications.trackOfOther(participant, producerId)
  // A participant that asks again has lost the first answer with its socket.
  media.consumerOf(producerId)?.close()
  media.refuseBeyondLimit('consumers')
  const produced = { producer: track.producer, at: owner.media.place.router }
  if (!owner.media.place.router.router.canConsume({ producerId, rtpCapabilities }))
    throw new RequestRefused('unsupported-codec', 'The participant can decode none of the track’s codecs.')
  const consumer = await media.place.consume(transport, produced, rtpCapabilities)
  media.addConsumer(new Reception(consumer, track.video))
  const { id: consumerId, kind, producerPaused } = consumer
  const rtpParameters = roomRequests.consume.answer.shape.rtpParameters.parse(consumer.rtpParameters)
  consumer.once('producerclose', () => participant.notify('consumerClosed', { consumerId }))
  consumer.on('layerschange', (layers) => {
    participant.notify('consumerLayersChanged', { consumerId, layers: layers ?? null })
  })
  const { source } = track
  return { consumerId, producerId, participantId: owner.id, kind, source, rtpParameters, producerPaused }
}

export async function pauseConsumer(
  { participant }: Requester,
  { consumerId }: RoomRequestData<'pauseConsumer'>,
): Promise<RoomAnswerData<'pauseConsumer'>> {
  await participant.media.reception(consumerId).setPaused(true)
  return DONE
}

export async function resumeConsumer(
  { participant }: Requester,
  { consumerId }: RoomRequestData<'resumeConsumer'>,
): Promise<RoomAnswerData<'resumeConsumer'>> {
  await participant.media.reception(consumerId).setPaused(false)
  return DONE
}

export async function closeConsumer(
  { participant }: Requester,
  { consumerId }: RoomRequestData<'closeConsumer'>,
): Promise<RoomAnswerData<'closeConsumer'>> {
  participant.media.consumer(consumerId).close()
  return DONE
}

export async function setViewport(
  { participant }: Requester,
  { consumerId, width, height }: RoomRequestData<'setViewport'>,
): Promise<RoomAnswerData<'setViewport'>> {
  await participant.media.reception(consumerId).setViewport({ width, height })
  return DONE
}

export async function setPriority(
  { participant }: Requester,
  { consumerId, priority }: RoomRequestData<'setPriority'>,
): Promise<RoomAnswerData<'setPriority'>> {
  await participant.media.reception(consumerId).setPriority(priority)
  return DONE
}

export async function requestKeyFrame(
  { participant }: Requester,
  { consumerId }: RoomRequestData<'requestKeyFrame'>,
): Promise<RoomAnswerData<'requestKeyFrame'>> {
  await askMedia(participant.media.consumer(consumerId).requestKeyFrame())
  return DONE
}
