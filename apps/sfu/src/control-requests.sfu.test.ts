import {
  ASSIGNMENTS_PATH,
  HOSTS_PATH,
  newRoomId,
  projectIdSchema,
  signAssignment,
} from '@radist-tech/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ControlPlaneStub, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { startStack, type TestStack } from './testing/test-host.ts'

describe('requests of the control plane', () => {
  let stack: TestStack

  beforeAll(async () => {
    stack = await startStack({ RADIST_SFU_WORKERS: '1' })
  })
  afterAll(() => stack.close())

  const assignment = async (key = stack.controlPlane.key, epoch = 1, roomId = newRoomId()) =>
    signAssignment(
      key,
      {
        aud: await stack.controlPlane.hostId,
        projectId: projectIdSchema.parse(crypto.randomUUID()),
        roomId,
        epoch,
        publicKeys: [PUBLIC_KEY],
        maxParticipants: 10,
        graceSeconds: 30,
      },
      new Date(),
    )
  const answerOf = async (response: Response) => [response.status, (await response.json()).code]

  it('are taken once', async () => {
    const { controlPlane } = stack
    const body = { assignment: await assignment() }
    const signature = await controlPlane.sign(ASSIGNMENTS_PATH, JSON.stringify(body))
    expect((await controlPlane.post(ASSIGNMENTS_PATH, body, { signature })).status).toBe(200)
    const again = await controlPlane.post(ASSIGNMENTS_PATH, body, { signature })
    expect(await answerOf(again)).toEqual([401, 'replayed_request'])
  })

  it('are refused when forged, for another body or path, unsigned, too old, or from before the host started', async () => {
    const { controlPlane } = stack
    const stranger = await ControlPlaneStub.start()
    stranger.host = controlPlane.host
    const body = { assignment: await assignment() }
    const forged = await stranger.sign(ASSIGNMENTS_PATH, JSON.stringify(body))
    const otherBody = await controlPlane.sign(ASSIGNMENTS_PATH, '{}')
    const otherPath = await controlPlane.sign(HOSTS_PATH, JSON.stringify(body))
    for (const signature of [forged, otherBody, otherPath, '', 'nonsense']) {
      const refused = await controlPlane.post(ASSIGNMENTS_PATH, body, { signature })
      expect(await answerOf(refused)).toEqual([401, 'invalid_signature'])
    }
    const old = await controlPlane.post(ASSIGNMENTS_PATH, body, { now: new Date(Date.now() - 300_000) })
    expect(await answerOf(old)).toEqual([401, 'invalid_signature'])
    const former = await controlPlane.post(ASSIGNMENTS_PATH, body, { now: new Date(Date.now() - 30_000) })
    expect(await answerOf(former)).toEqual([401, 'replayed_request'])
    const forgedAssignment = { assignment: await assignment(stranger.key) }
    expect(await answerOf(await controlPlane.post(ASSIGNMENTS_PATH, forgedAssignment))).toEqual([
      401,
      'invalid_signature',
    ])
    await stranger.down()
    expect(stack.host.health().rooms).toBe(1)
  })

  it('bodies that are none, or too large, are refused', async () => {
    const { controlPlane } = stack
    expect(await answerOf(await controlPlane.post(ASSIGNMENTS_PATH, {}))).toEqual([400, 'invalid_body'])
    const large = await controlPlane.post(ASSIGNMENTS_PATH, { assignment: 'x'.repeat(70_000) })
    expect(await answerOf(large)).toEqual([413, 'body_too_large'])
  })

  it('an assignment may be repeated, is overtaken by a higher epoch, and refused with a lower', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign({ epoch: 2 })
    const inside = await stack.join(room)
    await controlPlane.assign({ ...room, publicKeys: [PUBLIC_KEY, 'rad_pk_new'] })
    expect(inside.closed).toBeNull()
    const lower = { assignment: await assignment(controlPlane.key, 1, room.roomId) }
    expect(await answerOf(await controlPlane.post(ASSIGNMENTS_PATH, lower))).toEqual([409, 'overtaken_epoch'])
    expect(inside.closed).toBeNull()
    await controlPlane.assign({ ...room, epoch: 3 })
    expect(await inside.notified('closed')).toEqual({ reason: 'moved' })
    expect(await inside.refusal()).toMatchObject({ code: 4409 })
    await stack.join({ ...room, epoch: 3 })
    expect((await controlPlane.closeRoom(room)).status).toBe(409)
  })

  it('a room that moved may be asked for elsewhere, and comes back with a higher epoch', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const inside = await stack.join(room)
    expect((await controlPlane.closeRoom(room, 'moved')).status).toBe(200)
    expect(await inside.notified('closed')).toEqual({ reason: 'moved' })
    const late = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    expect(await late.refusal()).toMatchObject({ code: 4404 })
    await stack.join(await controlPlane.assign({ ...room, epoch: 2 }))
  })

  it('an admission that finds the room overtaken drops it here', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const inside = await stack.join(room)
    controlPlane.admissionRefusals.push('overtaken_epoch')
    const refused = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    expect(await refused.refusal()).toEqual({ code: 4409, reason: 'The room has moved to another host.' })
    expect(await inside.notified('closed')).toEqual({ reason: 'moved' })
  })

  it('a host that the control plane has forgotten enrols again', async () => {
    const { controlPlane } = stack
    const before = controlPlane.enrolments
    controlPlane.host = null
    await controlPlane.until(() => controlPlane.enrolments > before, 'the second enrolment')
  })
})

describe('a host', () => {
  it('is healthy at once, ready when enrolled, and answers in JSON whatever is asked', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(stack.url + path, { method })
      return { status: response.status, body: await response.json() }
    }
    expect(await get('/health')).toMatchObject({
      status: 200,
      body: { hostId: stack.host.hostId, state: 'ready', rooms: 0 },
    })
    await stack.controlPlane.until(() => stack.controlPlane.heartbeats.length > 0, 'a heartbeat')
    expect(await get('/ready')).toEqual({ status: 200, body: { ready: true, reasons: [] } })
    expect(await get('/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await get('/health', 'DELETE')).toMatchObject({
      status: 405,
      body: { code: 'method_not_allowed' },
    })
    expect(await get('/api/v1/sfu/signaling/ws')).toMatchObject({
      status: 426,
      body: { code: 'upgrade_required' },
    })
    await stack.close()
  })
})
