import {
  type AdmissionQuestion,
  type AdmissionsAnswer,
  admissionsBodySchema,
  MAX_ADMISSIONS,
  newJti,
  newParticipantId,
  newReconnectSecret,
  newRoomId,
} from '@radist-tech/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { Admissions } from './admissions.ts'
import { ControlPlaneRefusal, ControlPlaneUnreachable } from './control-plane.ts'

type Answer = AdmissionsAnswer['answers'][number]

/** A control plane whose requests are answered when the test says so. */
class AskedControlPlane {
  readonly requests: { asked: AdmissionQuestion[]; answered: PromiseWithResolvers<object> }[] = []

  async post<T>(_path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const answered = Promise.withResolvers<object>()
    this.requests.push({ asked: admissionsBodySchema.parse(body).admissions, answered })
    return schema.parse(await answered.promise)
  }

  answer(request: number, answers: unknown[]): void {
    this.requests[request]?.answered.resolve({ answers })
  }

  fail(request: number, error: Error): void {
    this.requests[request]?.answered.reject(error)
  }
}

const question = (): AdmissionQuestion => ({
  roomId: newRoomId(),
  epoch: 1,
  roomToken: 'ct_x',
  attemptId: newJti(),
})
const admitted = (): Answer => ({
  ok: true,
  participantId: newParticipantId(),
  permissions: { publish: true, subscribe: true, data: true },
  reconnectSecret: newReconnectSecret(),
})
const used: Answer = { ok: false, code: 'used_room_token' }

describe('asking for admissions', () => {
  let controlPlane: AskedControlPlane
  let admissions: Admissions

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    controlPlane = new AskedControlPlane()
    admissions = new Admissions(controlPlane)
  })
  afterEach(() => {
    admissions.close()
    vi.useRealTimers()
  })

  /** Asks with one that is answered by the test, and with these while it is under way. */
  function behindAnother(questions: AdmissionQuestion[]) {
    void admissions.ask(question())
    return questions.map((asked) => admissions.ask(asked))
  }

  it('asks for the first at once, and for those who come meanwhile together', async () => {
    const later = [question(), question(), question()]
    behindAnother(later)
    expect(controlPlane.requests).toHaveLength(1)
    controlPlane.answer(0, [admitted()])
    // No later than that: `vi.waitFor` would let the wait pass.
    await new Promise(setImmediate)
    expect(controlPlane.requests[1]?.asked).toEqual(later)
    expect(controlPlane.requests).toHaveLength(2)
  })

  it('gives each its own answer', async () => {
    const answers = [admitted(), used, admitted()]
    const asked = behindAnother(answers.map(question))
    controlPlane.answer(0, [admitted()])
    await vi.waitFor(() => expect(controlPlane.requests).toHaveLength(2))
    controlPlane.answer(1, answers)
    expect(await Promise.all(asked)).toEqual(answers)
  })

  it('lets nobody wait for a slow answer to others', () => {
    const later = [question(), question()]
    behindAnother(later)
    vi.advanceTimersByTime(19)
    expect(controlPlane.requests).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(controlPlane.requests[1]?.asked).toEqual(later)
  })

  it('asks for no more at a time than may be asked for', () => {
    behindAnother(Array.from({ length: MAX_ADMISSIONS + 5 }, question))
    expect(controlPlane.requests[1]?.asked).toHaveLength(MAX_ADMISSIONS)
    vi.advanceTimersByTime(20)
    expect(controlPlane.requests[2]?.asked).toHaveLength(5)
  })

  it('hands on a refusal of the whole request to each', async () => {
    const asked = [admissions.ask(question())]
    controlPlane.fail(0, new ControlPlaneRefusal(404, 'host_not_found'))
    expect(await Promise.all(asked)).toEqual([{ ok: false, code: 'host_not_found' }])
  })

  it('has no answer for those whom nothing is said of, and for all when none comes', async () => {
    const asked = behindAnother([question(), question(), question()])
    controlPlane.answer(0, [admitted()])
    await vi.waitFor(() => expect(controlPlane.requests).toHaveLength(2))
    controlPlane.answer(1, [admitted(), { ok: false, code: 'internal' }])
    await expect(asked[0]).resolves.toMatchObject({ ok: true })
    for (const none of [asked[1], asked[2]])
      await expect(none).rejects.toBeInstanceOf(ControlPlaneUnreachable)
    const last = admissions.ask(question())
    controlPlane.fail(2, new ControlPlaneUnreachable('gone'))
    await expect(last).rejects.toBeInstanceOf(ControlPlaneUnreachable)
  })

  it('takes an answer that cannot be understood for none, and the others as they are', async () => {
    const first = admitted()
    const asked = behindAnother(Array.from({ length: 5 }, question))
    controlPlane.answer(0, [admitted()])
    await vi.waitFor(() => expect(controlPlane.requests).toHaveLength(2))
    controlPlane.answer(1, [first, { ...admitted(), participantId: 'part_x' }, null, { ok: 'yes' }, used])
    await expect(asked[0]).resolves.toEqual(first)
    await expect(asked[4]).resolves.toEqual(used)
    for (const none of asked.slice(1, 4)) await expect(none).rejects.toBeInstanceOf(ControlPlaneUnreachable)
  })

  it('leaves nobody waiting when it is closed', async () => {
    const [waiting] = behindAnother([question()])
    admissions.close()
    await expect(waiting).rejects.toBeInstanceOf(ControlPlaneUnreachable)
    // As the entrance does, once, when there was no answer.
    await expect(admissions.ask(question())).rejects.toBeInstanceOf(ControlPlaneUnreachable)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(1000)
    expect(controlPlane.requests).toHaveLength(1)
  })
})
