/** From a participant's frame to its answer. */
import {
  type RoomMethod,
  type RoomResponse,
  roomMethods,
  roomRequestEnvelopeSchema,
  roomRequests,
} from '@radist-tech/protocol'
import type { z } from 'zod'
import { describeError, type Logger } from '../logger.ts'
import * as data from './data-requests.ts'
import * as media from './media-requests.ts'
import type { Participant } from './participant.ts'
import type { ParticipantSocket } from './participant-socket.ts'
import { RequestRefused } from './request-refused.ts'
import type { Room } from './room.ts'

/** Whose request it is, and where. */
export interface Requester {
  room: Room
  participant: Participant
  /** Over which it came, and alone may be answered. */
  socket: ParticipantSocket
}

export interface ParsedRequest {
  id: number
  method: RoomMethod
  data: unknown
}

type Handler = (requester: Requester, data: unknown) => Promise<object>

/** A handler that gets its data checked against the method's schema. */
const checked =
  <Data, Answer extends object>(
    schemas: { data: z.ZodType<Data>; answer: z.ZodType<Answer> },
    handle: (requester: Requester, data: Data) => Promise<Answer>,
  ): Handler =>
  async (requester, input) => {
    const parsed = schemas.data.safeParse(input)
    if (parsed.success) return handle(requester, parsed.data)
    const [issue] = parsed.error.issues
    throw new RequestRefused(
      'invalid-data',
      `${issue?.path.join('.') || 'data'}: ${issue?.message ?? 'is wrong'}`,
    )
  }

const handlers: Record<RoomMethod, Handler> = {
  createTransport: checked(roomRequests.createTransport, media.createTransport),
  connectTransport: checked(roomRequests.connectTransport, media.connectTransport),
  restartIce: checked(roomRequests.restartIce, media.restartIce),
  countSent: checked(roomRequests.countSent, media.countSent),
  produce: checked(roomRequests.produce, media.produce),
  pauseProducer: checked(roomRequests.pauseProducer, media.pauseProducer),
  resumeProducer: checked(roomRequests.resumeProducer, media.resumeProducer),
  closeProducer: checked(roomRequests.closeProducer, media.closeProducer),
  consume: checked(roomRequests.consume, media.consume),
  pauseConsumer: checked(roomRequests.pauseConsumer, media.pauseConsumer),
  resumeConsumer: checked(roomRequests.resumeConsumer, media.resumeConsumer),
  closeConsumer: checked(roomRequests.closeConsumer, media.closeConsumer),
  updateTrack: checked(roomRequests.updateTrack, media.updateTrack),
  setViewport: checked(roomRequests.setViewport, media.setViewport),
  setPriority: checked(roomRequests.setPriority, media.setPriority),
  requestKeyFrame: checked(roomRequests.requestKeyFrame, media.requestKeyFrame),
  produceData: checked(roomRequests.produceData, data.produceData),
  consumeData: checked(roomRequests.consumeData, data.consumeData),
  resumeDataConsumer: checked(roomRequests.resumeDataConsumer, data.resumeDataConsumer),
  ping: checked(roomRequests.ping, async () => ({})),
  // The place is freed after the answer is on its way, see `Room`.
  leave: checked(roomRequests.leave, async () => ({})),
}

/** The request in a frame, or the answer that says why there is none. */
export function parseRequest(
  text: string,
): { ok: true; request: ParsedRequest } | { ok: false; answer: RoomResponse } {
  const envelope = roomRequestEnvelopeSchema.safeParse(parseJson(text))
  if (!envelope.success)
    return { ok: false, answer: refusal(null, 'malformed', 'Not a request { id, method, data }.') }
  const { id, data } = envelope.data
  const method = roomMethods.find((known) => known === envelope.data.method)
  if (!method) return { ok: false, answer: refusal(id, 'unknown-method', 'Unknown method.') }
  return { ok: true, request: { id, method, data } }
}

/** Runs a request. Never rejects: whatever goes wrong is an answer. */
export async function answerRequest(
  requester: Requester,
  request: ParsedRequest,
  log: Logger,
): Promise<RoomResponse> {
  try {
    return { id: request.id, ok: true, data: await handlers[request.method](requester, request.data) }
  } catch (error) {
    if (error instanceof RequestRefused) return refusal(request.id, error.code, error.message)
    log.error({ method: request.method, reason: describeError(error) }, 'a request failed')
    return refusal(request.id, 'internal', 'Internal error.')
  }
}

export const refusal = (id: number | null, code: RequestRefused['code'], message: string): RoomResponse => ({
  id,
  ok: false,
  error: { code, message },
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
