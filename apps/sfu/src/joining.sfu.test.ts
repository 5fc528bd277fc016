import { hostIdSchema, newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { startStack, type TestStack } from './testing/test-host.ts'
import { TestParticipant } from './testing/test-participant.ts'

describe('joining a room', () => {
  let stack: TestStack

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.close())

  it('a token lets its bearer in, and those who come later are told to those inside', async () => {
    const room = await stack.controlPlane.assign()
    const first = await stack.join(room, await stack.controlPlane.roomToken(room, { identity: 'ann' }))
    const joined = await first.notified('joined')
    expect(joined).toMatchObject({ roomId: room.roomId, identity: 'ann', participants: [] })
    expect(joined.reconnectToken).toMatch(/^rt_0_/)
    const codecs = joined.routerRtpCapabilities.codecs?.map((codec) => codec.mimeType)
    expect(codecs).toEqual(
      expect.arrayContaining(['audio/opus', 'video/VP8', 'video/VP9', 'video/H264', 'video/AV1']),
    )

    const second = await stack.join(room)
    const { participantId } = await second.notified('joined').then((answer) => {
      expect(answer.participants).toMatchObject([
        { participantId: joined.participantId, identity: 'ann', connected: true },
      ])
      return answer
    })
    expect(await first.notified('participantJoined')).toMatchObject({ participantId, connected: true })
    expect(first.notifications.map(({ seq }) => seq)).toEqual([1, 2])

    await second.request('leave', {})
    expect(await second.refusal()).toMatchObject({ code: 1000 })
    expect(await first.notified('participantLeft')).toEqual({ participantId, reason: 'left' })
    const departed = await stack.controlPlane.until(
      () => stack.controlPlane.departures.find((told) => told.roomId === room.roomId),
      'the departure',
    )
    expect(departed.departures).toEqual([{ participantId, reason: 'left' }])
  })

  it('a participant that is admitted again takes over from its former stay', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const former = await stack.join(room)
    const { participantId } = await former.notified('joined')
    const watcher = await stack.join(room)
    controlPlane.readmitted = participantId
    const again = await stack.join(room)
    controlPlane.readmitted = null
    expect(await former.refusal()).toMatchObject({ code: 4001 })
    expect((await again.notified('joined')).participants).toHaveLength(1)
    expect(await watcher.notified('participantLeft')).toMatchObject({ participantId })
    expect(await watcher.notified('participantJoined')).toMatchObject({ participantId, connected: true })
    expect(await again.request('ping', {})).toEqual({})
    expect(controlPlane.departures.filter(({ roomId }) => roomId === room.roomId)).toEqual([])
  })

  it('refuses a malformed query', async () => {
    const queries = [
      {},
      { roomToken: 'ct_x', other: 'x' },
      { roomId: 'x', participantId: 'y', reconnectToken: 'z' },
    ]
    for (const query of queries) {
      const refused = stack.connect(query)
      expect(await refused.refusal()).toEqual({ code: 4400, reason: 'Invalid query parameters.' })
    }
  })

  it('refuses a forged, an expired, a used and another project’s token, each with its own words', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const forged = await controlPlane.roomToken(
      room,
      {},
      { kid: controlPlane.key.kid, privateKey: stranger.privateKey },
    )
    const expired = await controlPlane.roomToken(room, { exp: Math.floor(Date.now() / 1000) - 60 })
    const otherProject = projectIdSchema.parse(crypto.randomUUID())
    const others = await controlPlane.roomToken(room, { projectId: otherProject })
    const used = await controlPlane.roomToken(room)
    await stack.join(room, used)

    const refusals: [string, number, string][] = [
      [forged, 4401, 'Invalid room token.'],
      ['ct_nonsense', 4401, 'Invalid room token.'],
      [expired, 4401, 'Room token has expired.'],
      [others, 4401, 'Invalid room token.'],
      [used, 4401, 'Room token has already been used.'],
    ]
    for (const [roomToken, code, reason] of refusals) {
      expect(await stack.connect({ roomToken }).refusal()).toEqual({ code, reason })
    }
  })

  it('refuses a public key that is not the project’s', async () => {
    const room = await stack.controlPlane.assign()
    const refused = stack.connect({
      publicKey: 'rad_pk_another',
      roomToken: await stack.controlPlane.roomToken(room),
    })
    expect(await refused.refusal()).toEqual({ code: 4401, reason: 'Invalid public key.' })
    await stack.join(room)
  })

  it('takes a public key that is newer than the room, also from who comes back', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const publicKey = 'rad_pk_newer'
    controlPlane.publicKeys.add(publicKey)
    const first = stack.connect({ publicKey, roomToken: await controlPlane.roomToken(room) })
    const { participantId, reconnectToken } = await first.notified('joined')
    const back = stack.connect({ publicKey, roomId: room.roomId, participantId, reconnectToken })
    await back.notified('resumed')
  })

  it('refuses rooms that are not here, tokens of another host and closed rooms', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const elsewhere = { ...room, roomId: newRoomId() }
    const notFound = { code: 4404, reason: 'Room not found.' }
    expect(await stack.connect({ roomToken: await controlPlane.roomToken(elsewhere) }).refusal()).toEqual(
      notFound,
    )
    const otherHost = { hostId: hostIdSchema.parse('sfu_AAAAAAAAAAAAAAAAAAAAAA') }
    const token = await controlPlane.roomToken(room, otherHost)
    expect(await stack.connect({ roomToken: token }).refusal()).toEqual(notFound)

    const inside = await stack.join(room)
    expect((await controlPlane.closeRoom(room)).status).toBe(200)
    expect(await inside.notified('closed')).toEqual({ reason: 'closed-by-backend' })
    expect(await inside.refusal()).toMatchObject({ code: 4410 })
    const late = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    expect(await late.refusal()).toEqual({ code: 4410, reason: 'Room has been closed.' })
  })

  it('hands on that a room is full', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    controlPlane.admissionRefusals.push('room_full')
    const refused = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    expect(await refused.refusal()).toEqual({ code: 4409, reason: 'Room is full.' })
  })

  it('reports one who has gone before being admitted', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    controlPlane.beforeAdmission = () => {
      asked.resolve()
      return answer.promise
    }
    const impatient = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    await asked.promise
    await impatient.drop()
    controlPlane.beforeAdmission = async () => undefined
    answer.resolve()
    const told = await controlPlane.until(
      () => controlPlane.departures.find(({ roomId }) => roomId === room.roomId),
      'the departure',
    )
    expect(told.departures).toMatchObject([{ reason: 'left' }])
  })

  it('refuses more than the host takes', async () => {
    const small = await startStack({ RADIST_SFU_MAX_PARTICIPANTS: '1', RADIST_SFU_WORKERS: '1' })
    const room = await small.controlPlane.assign()
    await small.join(room)
    const refused = small.connect({ roomToken: await small.controlPlane.roomToken(room) })
    expect(await refused.refusal()).toEqual({
      code: 4503,
      reason: 'No SFU host is available. Try again shortly.',
    })
    await small.close()
  })

  it('is refused as retryable while the control plane is out of reach', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const inside = await stack.join(room)
    const roomToken = await controlPlane.roomToken(room)
    await controlPlane.down()
    expect(await stack.connect({ roomToken }).refusal()).toEqual({
      code: 4503,
      reason: 'The control plane is out of reach. Try again shortly.',
    })
    expect(await inside.request('ping', {})).toEqual({})
    await controlPlane.up()
    await stack.join(room, roomToken)
  })

  it('a host that never saw the key set refuses as retryable too, not as forged', async () => {
    const fresh = await startStack({ RADIST_SFU_WORKERS: '1' })
    const room = { roomId: newRoomId(), projectId: projectIdSchema.parse(crypto.randomUUID()), epoch: 1 }
    const roomToken = await fresh.controlPlane.roomToken(room)
    await fresh.controlPlane.down()
    const refused = new TestParticipant(fresh.url, { publicKey: PUBLIC_KEY, roomToken })
    expect(await refused.refusal()).toMatchObject({ code: 4503 })
    await fresh.close()
  })
})
