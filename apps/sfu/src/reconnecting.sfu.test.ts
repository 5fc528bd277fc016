import type { ParticipantId } from '@radist-tech/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AssignedRoom } from './testing/control-plane-stub.ts'
import { MediaDevice } from './testing/media-device.ts'
import { startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

describe('reconnecting to a room', () => {
  let stack: TestStack

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.close())

  const resume = (
    { roomId }: AssignedRoom,
    session: { participantId: ParticipantId; reconnectToken: string },
    lastSeq?: number,
  ): TestParticipant =>
    stack.connect({
      roomId,
      participantId: session.participantId,
      reconnectToken: session.reconnectToken,
      ...(lastSeq === undefined ? {} : { lastSeq: String(lastSeq) }),
    })

  it('a dropped socket keeps the place, and what was missed follows `resumed`', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const annSession = await ann.notified('joined')
    const bob = await stack.join(room)
    const { participantId: bobId } = await ann.notified('participantJoined')
    const { participantId: annId } = annSession

    await ann.drop()
    expect(await bob.notified('participantDisconnected')).toEqual({ participantId: annId })
    const watcher = await stack.join(room)
    const { participants } = await watcher.notified('joined')
    expect(participants.map(({ connected }) => connected)).toEqual([false, true])
    await bob.request('leave', {})

    const back = resume(room, annSession, 1)
    const resumed = await back.notified('resumed')
    expect(resumed).toMatchObject({ participantId: annId, roomId: room.roomId })
    expect(resumed.reconnectToken).toMatch(/^rt_1_/)
    expect(await watcher.notified('participantReconnected')).toEqual({ participantId: annId })
    expect(resumed.participants).toHaveLength(1)
    // The first notification was taken, all that came after it is sent again.
    expect((await back.notified('participantJoined')).participantId).toBe(bobId)
    expect(await back.notified('participantLeft')).toEqual({ participantId: bobId, reason: 'left' })
    const seqs = back.notifications.flatMap(({ seq }) => seq ?? [])
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    expect(Math.min(...seqs)).toBeGreaterThan(ann.lastSeq)
    expect(await back.request('ping', {})).toEqual({})
  })

  it('the control plane is told whose socket went and came, each once, also after it was away', async () => {
    const { controlPlane } = stack
    const room = await controlPlane.assign()
    const ann = await stack.join(room)
    const annSession = await ann.notified('joined')
    const { participantId } = annSession
    const told = (length: number) =>
      controlPlane.until(() => {
        const mine = controlPlane.presence.filter(({ roomId }) => roomId === room.roomId)
        return mine.length >= length && mine.map(({ at: _at, number: _number, ...change }) => change)
      }, `${length} changes of presence`)
    await controlPlane.down()
    await ann.drop()
    await controlPlane.up()
    const dropped = { roomId: room.roomId, epoch: room.epoch, participantId, change: 'dropped' }
    expect(await told(1)).toEqual([dropped])
    const back = resume(room, annSession)
    await back.notified('resumed')
    expect(await told(2)).toEqual([dropped, { ...dropped, change: 'resumed' }])
    const [first, second] = controlPlane.presence.filter(({ roomId }) => roomId === room.roomId)
    expect(second?.number).toBeGreaterThan(first?.number ?? Number.POSITIVE_INFINITY)
    await back.request('leave', {})
  })

  it('a transport whose id was lost with a socket gives way to the next, one that is known stays', async () => {
    const room = await stack.controlPlane.assign()
    let socket = await stack.join(room)
    const { participantId, reconnectToken } = await socket.notified('joined')
    const session = { participantId, reconnectToken }
    const create = async (direction: 'send' | 'recv') =>
      (await socket.request('createTransport', { direction })).transportId
    const dropAndResume = async () => {
      await socket.drop()
      socket = resume(room, session)
      const resumed = await socket.notified('resumed')
      session.reconnectToken = resumed.reconnectToken
      return resumed.transportIds
    }

    const known = await create('recv')
    await socket.request('restartIce', { transportId: known })
    const send = await create('send')
    // More often than it may have transports.
    let lost = await create('recv')
    for (let i = 0; i < 5; i++) {
      expect(await dropAndResume()).toEqual([known, send, lost])
      lost = await create('recv')
    }
    // Over one and the same socket nothing is lost.
    const another = await create('recv')
    expect(await dropAndResume()).toEqual([known, send, lost, another])
  })

  it('the token used stays good until the new socket has spoken, and is refused from then on', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const session = await ann.notified('joined')
    await ann.drop()

    const watcher = await stack.join(room)
    const lost = resume(room, session)
    await lost.notified('resumed')
    const again = resume(room, session)
    const { reconnectToken } = await again.notified('resumed')
    expect(await lost.refusal()).toEqual({ code: 4001, reason: 'A newer connection has taken over.' })

    await again.request('ping', {})
    await watcher.request('ping', {})
    // It came back once: that a newer socket took over was nothing to the others.
    const seen = watcher.notifications.filter(({ event }) => event !== 'connectionQuality')
    expect(seen.map(({ event }) => event)).toEqual(['joined', 'participantReconnected'])
    const refused = { code: 4401, reason: 'Invalid reconnect token.' }
    expect(await resume(room, session).refusal()).toEqual(refused)
    expect(await resume(room, { ...session, reconnectToken: 'rt_5_forged' }).refusal()).toEqual(refused)
    expect(again.closed).toBeNull()
    await resume(room, { ...session, reconnectToken }).notified('resumed')
  })

  it('media goes on while the socket is gone', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const annMedia = await MediaDevice.open(ann)
    await annMedia.publishVideo()
    const bobMedia = await MediaDevice.open(bob)
    const consumer = await bobMedia.consume((await bob.notified('producerAdded')).producer)
    await consumer.decoded(3)
    await ann.drop()
    await bob.notified('participantDisconnected')
    await consumer.decoded(20)
    annMedia.close()
    bobMedia.close()
  })

  it('who does not come back in time has left', async () => {
    const room = await stack.controlPlane.assign({ graceSeconds: 1 })
    const ann = await stack.join(room)
    const session = await ann.notified('joined')
    const bob = await stack.join(room)
    await ann.drop()
    const left = { participantId: session.participantId, reason: 'timeout' }
    expect(await bob.notified('participantLeft')).toEqual(left)
    const told = await stack.controlPlane.until(
      () => stack.controlPlane.departures.find(({ roomId }) => roomId === room.roomId),
      'the departure',
    )
    expect(told.departures).toEqual([left])
    expect(await resume(room, session).refusal()).toEqual({ code: 4404, reason: 'Participant not found.' })
  })

  it('who comes back in time stays, longer than the grace period', async () => {
    const room = await stack.controlPlane.assign({ graceSeconds: 1 })
    const ann = await stack.join(room)
    const session = await ann.notified('joined')
    const bob = await stack.join(room)
    const { participantId: bobId } = await bob.notified('joined')
    await ann.drop()
    const back = resume(room, session)
    await back.notified('resumed')
    // Whose grace period ends after Ann's would have.
    await bob.drop()
    expect(await back.notified('participantLeft')).toEqual({ participantId: bobId, reason: 'timeout' })
    expect(await back.request('ping', {})).toEqual({})
    expect(back.closed).toBeNull()
  })

  it('without `lastSeq`, only what was never sent is sent again', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const session = await ann.notified('joined')
    const bob = await stack.join(room)
    await ann.notified('participantJoined')
    await ann.drop()
    await bob.notified('participantDisconnected')
    await bob.request('leave', {})
    const back = resume(room, session)
    await back.notified('resumed')
    await back.request('ping', {})
    expect(back.notifications.map(({ event }) => event)).toEqual(['resumed', 'participantLeft'])
  })

  it('needs the project’s public key', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const { participantId, reconnectToken } = await ann.notified('joined')
    const refused = stack.connect({
      publicKey: 'rad_pk_another',
      roomId: room.roomId,
      participantId,
      reconnectToken,
    })
    expect(await refused.refusal()).toMatchObject({ code: 4401, reason: 'Invalid public key.' })
    expect(ann.closed).toBeNull()
  })
})
