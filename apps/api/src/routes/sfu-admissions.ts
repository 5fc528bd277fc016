/** A host asks to admit participants, many at once: one request, and one call of each room's object. */
import {
  type AdmissionQuestion,
  type AdmissionsAnswer,
  admissionsBodySchema,
  type HostId,
  type RoomId,
} from '@radist-tech/protocol'
import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import type { Env } from '../env.ts'
import { readHostRequest } from '../host-authentication.ts'
import type { RoomObject } from '../objects/room-object.ts'
import { checkedRoomToken } from '../room-tokens.ts'

/** 40 questions with tokens of at most 4,096 bytes. */
const MAX_ADMISSIONS_BYTES = 196_608
/** How long one room may keep the others in a request waiting, in milliseconds. */
const ROOM_TIMEOUT_MS = 2000

type Answer = AdmissionsAnswer['answers'][number]
const notAnswered: Answer = { ok: false, code: 'internal' }

export const sfuAdmissions = new Hono<{ Bindings: Env }>()

sfuAdmissions.post('/', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, admissionsBodySchema, MAX_ADMISSIONS_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const byRoom = Map.groupBy(body.admissions, ({ roomId }) => roomId)
  const answered = new Map<AdmissionQuestion, Answer>()
  await Promise.all(
    [...byRoom].map(async ([roomId, questions]) => {
      const answers = await answersInTime(c.env, hostId, roomId, questions)
      for (const [i, question] of questions.entries()) answered.set(question, answers?.[i] ?? notAnswered)
    }),
  )
  const answers = body.admissions.map((question) => answered.get(question) ?? notAnswered)
  return c.json({ answers } satisfies AdmissionsAnswer)
})

/** Null: the room has failed, or is late. It may have admitted them: asked again, it answers the same. */
async function answersInTime(
  env: Env,
  hostId: HostId,
  roomId: RoomId,
  questions: AdmissionQuestion[],
): Promise<Answer[] | null> {
  try {
    return await Promise.race([
      answersOf(env, hostId, roomId, questions),
      scheduler.wait(ROOM_TIMEOUT_MS).then(() => null),
    ])
  } catch (error) {
    console.error(JSON.stringify({ message: 'admission failed', roomId, error: String(error) }))
    return null
  }
}

async function answersOf(
  env: Env,
  hostId: HostId,
  roomId: RoomId,
  questions: AdmissionQuestion[],
): Promise<Answer[]> {
  const checked = await Promise.all(
    questions.map(async ({ epoch, roomToken, publicKey = null, attemptId = null }) => {
      const token = await checkedRoomToken(env, roomToken, roomId)
      if (!token.ok) return token
      const { jti, exp } = token.claims
      return {
        ok: true,
        request: { hostId, epoch, jti, expiresAt: exp * 1000, attemptId, publicKey },
      } as const
    }),
  )
  const requests = checked.flatMap((token) => (token.ok ? [token.request] : []))
  const admissions = requests.length === 0 ? [] : await env.ROOM.getByName(roomId).admit(requests)
  const next = admissions.values()
  return checked.map((token) => (token.ok ? answerOf(next.next().value) : token))
}

function answerOf(admission: Awaited<ReturnType<RoomObject['admit']>>[number] | undefined): Answer {
  if (!admission?.ok) return admission ?? notAnswered
  const { participantId, identity, permissions, reconnectSecret, replaces } = admission
  return {
    ok: true,
    participantId,
    ...(identity !== null && { identity }),
    permissions,
    reconnectSecret,
    ...(replaces !== null && { replaces }),
  }
}
