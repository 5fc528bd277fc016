/** A host that is drained: a process, asked by the signal. */
import { describe, expect, it } from 'vitest'
import { ControlPlaneStub, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { exited, readyOf, startProcess } from './testing/host-process.ts'
import { hostEnvironment } from './testing/test-host.ts'
import { TestParticipant } from './testing/test-participant.ts'

describe('draining', () => {
  it('takes nobody into empty rooms, lets the others finish, and ends when empty', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_WORKERS: '1' })
    const { child, url } = await startProcess(controlPlane, environment)
    const join = async (room: Awaited<ReturnType<typeof controlPlane.assign>>) =>
      new TestParticipant(url, { publicKey: PUBLIC_KEY, roomToken: await controlPlane.roomToken(room) })
    const [room, empty] = [await controlPlane.assign(), await controlPlane.assign()]
    const ann = await join(room)
    await ann.notified('joined')
    child.kill('SIGUSR2')
    await controlPlane.until(
      () => controlPlane.heartbeats.at(-1)?.state === 'draining',
      'a draining heartbeat',
    )
    expect(await readyOf(url)).toEqual({ status: 503, ready: false, reasons: ['draining'] })
    await expect(controlPlane.assign()).rejects.toThrow('503')
    expect(await (await join(empty)).refusal()).toMatchObject({ code: 4503 })
    const bob = await join(room)
    await bob.notified('joined')
    await Promise.all([ann.request('leave', {}), bob.request('leave', {})])
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })

  it('ends at its deadline, telling those who are left', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, {
      RADIST_SFU_WORKERS: '1',
      RADIST_SFU_DRAIN_SECONDS: '1',
    })
    const { child, url } = await startProcess(controlPlane, environment)
    const roomToken = await controlPlane.roomToken(await controlPlane.assign())
    const ann = new TestParticipant(url, { publicKey: PUBLIC_KEY, roomToken })
    await ann.notified('joined')
    child.kill('SIGUSR2')
    expect(await ann.notified('closed')).toEqual({ reason: 'host-stopping' })
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })
})

describe('an operator who drains a host', () => {
  it('keeps it from new rooms until it is taken back; it does not end, and stays drained over a restart', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_WORKERS: '1' })
    const first = await startProcess(controlPlane, environment)
    const reported = (state: string, since = controlPlane.heartbeats.length) =>
      controlPlane.until(() => controlPlane.heartbeats.slice(since).at(-1)?.state === state, `state ${state}`)
    const room = await controlPlane.assign()
    const ann = new TestParticipant(first.url, {
      publicKey: PUBLIC_KEY,
      roomToken: await controlPlane.roomToken(room),
    })
    await ann.notified('joined')
    controlPlane.drain = true
    await reported('draining')
    await expect(controlPlane.assign()).rejects.toThrow('503')
    await ann.request('leave', {})
    // Empty by now: on a signal it would have ended.
    await controlPlane.until(() => controlPlane.heartbeats.at(-1)?.participants === 0, 'an empty host')
    await reported('draining')
    first.child.kill('SIGTERM')
    await exited(first.child)
    await startProcess(controlPlane, environment)
    await reported('draining')
    await expect(controlPlane.assign()).rejects.toThrow('503')
    controlPlane.drain = false
    await reported('ready')
    await controlPlane.assign()
    await controlPlane.down()
  })

  it('has its rooms move at the deadline', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, {
      RADIST_SFU_WORKERS: '1',
      RADIST_SFU_DRAIN_SECONDS: '1',
    })
    const { child, url } = await startProcess(controlPlane, environment)
    const room = await controlPlane.assign()
    const roomToken = await controlPlane.roomToken(room)
    const ann = new TestParticipant(url, { publicKey: PUBLIC_KEY, roomToken })
    await ann.notified('joined')
    controlPlane.drain = true
    expect(await ann.notified('closed')).toEqual({ reason: 'moved' })
    const told = await controlPlane.until(
      () => controlPlane.departures.find(({ roomId }) => roomId === room.roomId),
      'the departure',
    )
    expect(told.departures).toMatchObject([{ reason: 'host-lost' }])
    const since = controlPlane.heartbeats.length
    await controlPlane.until(() => controlPlane.heartbeats.length > since, 'a report after it')
    expect(child.exitCode).toBeNull()
    await controlPlane.down()
  })
})
