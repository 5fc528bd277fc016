import { type ChildProcess, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { roomNotifications } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { ControlPlaneStub, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { exited, metricsOf, startProcess, valueIn } from './testing/host-process.ts'
import { openRawSocket } from './testing/raw-socket.ts'
import { type Environment, hostEnvironment, startStack, type TestStack } from './testing/test-host.ts'
import { TestParticipant } from './testing/test-participant.ts'

/** Seconds from now until the answer is asked for. */
function stopwatch(): () => number {
  const startedAt = performance.now()
  return () => (performance.now() - startedAt) / 1000
}

/** Waits until the room's stays are settled: everybody's departure has been told. */
const settled = ({ controlPlane, host }: TestStack, participantId: string) =>
  controlPlane.until(() => {
    const gone = controlPlane.departures.some(({ departures }) =>
      departures.some((d) => d.participantId === participantId),
    )
    return gone && host.health().journal.usage === 0
  }, 'the last record')

describe('metering', () => {
  it('charges the connected time over reconnections, in completed seconds', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const first = stopwatch()
    const { participantId, reconnectToken } = await ann.notified('joined')
    await after(1300)
    await ann.drop()
    const connected = first()
    await after(1500)
    const back = stack.connect({ roomId: room.roomId, participantId, reconnectToken })
    await back.notified('resumed')
    const second = stopwatch()
    await after(1400)
    await back.request('leave', {})
    await back.refusal()
    const total = connected + second()
    await settled(stack, participantId)
    await stack.host.close()
    const seconds = stack.controlPlane.secondsOf(participantId)
    expect(Math.abs(seconds - total)).toBeLessThan(1)
    expect(seconds).toBeLessThanOrEqual(Math.floor(total + 0.1))
    await stack.close()
  })

  it('waits in the journal while the control plane is gone, and is delivered when it is back', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const { controlPlane, host } = stack
    const ann = await stack.join(await controlPlane.assign())
    const { participantId } = await ann.notified('joined')
    await controlPlane.down()
    await after(2200)
    await ann.request('leave', {})
    await ann.refusal()
    await after(1100)
    expect(host.health().journal.usage).toBeGreaterThan(0)
    expect(controlPlane.secondsOf(participantId)).toBe(0)
    await controlPlane.up()
    await settled(stack, participantId)
    expect(controlPlane.secondsOf(participantId)).toBe(2)
    await stack.close()
  })

  it('takes nobody in while the journal cannot be written, and says so', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const { controlPlane, host } = stack
    const room = await controlPlane.assign()
    const inside = await stack.join(room)
    const other = new DatabaseSync(join(stack.environment.RADIST_SFU_DATA_DIR ?? '', 'journal.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    await controlPlane.until(
      () => controlPlane.heartbeats.at(-1)?.state === 'impaired',
      'an impaired heartbeat',
    )
    expect(host.health().state).toBe('impaired')
    expect((await fetch(`${stack.url}/ready`)).status).toBe(503)
    const refused = stack.connect({ roomToken: await controlPlane.roomToken(room) })
    expect(await refused.refusal()).toMatchObject({
      code: 4503,
      reason: 'No SFU host is available. Try again shortly.',
    })
    expect(await inside.request('ping', {})).toEqual({})
    other.exec('ROLLBACK')
    other.close()
    await controlPlane.until(() => controlPlane.heartbeats.at(-1)?.state === 'ready', 'a ready heartbeat')
    await stack.join(room)
    await stack.close()
  })

  it('finds a half-open socket within 20 s and charges it to its last sign of life', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const { controlPlane } = stack
    const room = await controlPlane.assign({ graceSeconds: 1 })
    // A WebSocket that never says a word after its handshake: no pong, no close.
    const mute = await openRawSocket(stack.url, {
      publicKey: PUBLIC_KEY,
      roomToken: await controlPlane.roomToken(room),
    })
    mute.resume()
    const watcher = await stack.join(room)
    const elapsed = stopwatch()
    await watcher.until(
      () => watcher.notifications.some(({ event }) => event === 'participantDisconnected'),
      'the half-open socket to be found',
      22_000,
    )
    expect(elapsed()).toBeLessThan(20)
    const { participantId } = await watcher.notified('participantDisconnected')
    await settled(stack, participantId)
    expect(controlPlane.secondsOf(participantId)).toBe(0)
    expect(watcher.closed).toBeNull()
    expect(valueIn(await metricsOf(stack.url), 'radist_sfu_sockets_cut_total{reason="silent"}')).toBe(1)
    mute.destroy()
    await stack.close()
  })
})

describe('a host process', () => {
  const start = async (controlPlane: ControlPlaneStub, environment: Environment) =>
    (await startProcess(controlPlane, environment)).child
  const join = async (controlPlane: ControlPlaneStub, environment: Environment) => {
    const room = await controlPlane.assign()
    const roomToken = await controlPlane.roomToken(room)
    const participant = new TestParticipant(environment.RADIST_SFU_PUBLIC_URL ?? '', {
      publicKey: PUBLIC_KEY,
      roomToken,
    })
    const { participantId } = await participant.notified('joined')
    return { participant, participantId }
  }

  it('that is killed loses at most the last second, and frees the places at its next start', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_USAGE_INTERVAL_SECONDS: '2' })
    const child = await start(controlPlane, environment)
    const { participantId } = await join(controlPlane, environment)
    const elapsed = stopwatch()
    await after(4700)
    child.kill('SIGKILL')
    const total = elapsed()
    await exited(child)

    const second = await start(controlPlane, environment)
    await controlPlane.until(() => controlPlane.departures.length > 0, 'the departure')
    expect(controlPlane.departures[0]?.departures).toEqual([{ participantId, reason: 'host-lost' }])
    const least = Math.floor(total) - 1
    await controlPlane.until(
      () => controlPlane.secondsOf(participantId) >= least,
      'the seconds left in the journal',
    )
    second.kill('SIGTERM')
    expect(await exited(second)).toBe(0)
    expect(controlPlane.secondsOf(participantId)).toBeLessThanOrEqual(Math.floor(total + 0.1))
    await controlPlane.down()
  })

  it('that is asked to stop tells everyone, delivers, and leaves nothing behind', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_USAGE_INTERVAL_SECONDS: '3600' })
    const child = await start(controlPlane, environment)
    const { participant, participantId } = await join(controlPlane, environment)
    const workers = childrenOf(child)
    expect(workers).toHaveLength(2)
    await after(1500)
    child.kill('SIGTERM')
    expect(await participant.notified('closed')).toEqual({ reason: 'host-stopping' })
    expect(await participant.refusal()).toMatchObject({ code: 4503 })
    expect(await exited(child)).toBe(0)
    expect(controlPlane.secondsOf(participantId)).toBe(1)
    expect(controlPlane.departures[0]?.departures).toEqual([{ participantId, reason: 'host-lost' }])
    expect(controlPlane.heartbeats.at(-1)?.state).toBe('draining')
    expect(workers.filter(isRunning)).toEqual([])
    await controlPlane.down()
  })

  it('ends within 6 s when asked to stop while the control plane is gone', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane)
    const child = await start(controlPlane, environment)
    await join(controlPlane, environment)
    await controlPlane.down()
    const elapsed = stopwatch()
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    expect(elapsed()).toBeLessThan(6)
  })

  it('logs no token and no secret', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_LOG_LEVEL: 'trace' })
    const child = await start(controlPlane, environment)
    let logged = ''
    child.stdout?.on('data', (chunk) => {
      logged += chunk
    })
    const { participant } = await join(controlPlane, environment)
    const { roomId, reconnectToken, participantId } = await (async () => {
      const { participant: leaver } = await join(controlPlane, environment)
      const joined = leaver.notifications[0]?.data
      await leaver.drop()
      return roomNotifications.joined.parse(joined)
    })()
    for (const token of [reconnectToken, 'rt_9_of-nobody']) {
      const query = { publicKey: PUBLIC_KEY, roomId, participantId, reconnectToken: token }
      const back = new TestParticipant(environment.RADIST_SFU_PUBLIC_URL ?? '', query)
      await back.until(() => back.closed ?? back.notifications.length > 0, 'the answer to a reconnection')
    }
    for (let i = 0; i < 22; i++) participant.send('nonsense')
    await participant.refusal()
    const assigned = await controlPlane.assign()
    const forged = `${await controlPlane.roomToken(assigned)}x`
    await new TestParticipant(environment.RADIST_SFU_PUBLIC_URL ?? '', {
      publicKey: PUBLIC_KEY,
      roomToken: forged,
    }).refusal()
    const roomToken = await controlPlane.roomToken(assigned)
    await controlPlane.down()
    const refused = new TestParticipant(environment.RADIST_SFU_PUBLIC_URL ?? '', {
      publicKey: PUBLIC_KEY,
      roomToken,
    })
    await refused.refusal()
    child.kill('SIGTERM')
    await exited(child)
    expect(logged).toContain('stopped')
    expect(logged).not.toMatch(/\bct_|\brt_\d|eyJ|Bearer|rad_pk_/)
    expect(logged).not.toContain(environment.RADIST_FLEET_SECRET)
  })

  it('says in one line what is wrong with its surroundings, and exits with 1', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane)
    const child = await start(controlPlane, environment)
    const attempt = (change: Environment) => {
      const main = pathOf('main.ts')
      const { status, stderr } = spawnSync(process.execPath, [main], {
        env: { ...environment, ...change },
        encoding: 'utf8',
      })
      return { status, stderr }
    }
    expect(attempt({ RADIST_FLEET_SECRET: 'short' })).toEqual({
      status: 1,
      stderr: 'RADIST_FLEET_SECRET: must be at least 32 characters long\n',
    })
    expect(attempt({})).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^.*RADIST_SFU_DATA_DIR: held[^\n]*\n$/),
    })
    const elsewhere = (await hostEnvironment(controlPlane)).RADIST_SFU_DATA_DIR ?? ''
    const taken = attempt({
      RADIST_SFU_DATA_DIR: elsewhere,
      RADIST_SFU_MEDIA_PORT: String(Number(environment.RADIST_SFU_PORT) - 2),
    })
    expect(taken).toMatchObject({ status: 1, stderr: expect.stringMatching(/^.*RADIST_SFU_PORT: [^\n]*\n$/) })
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })
})

const pathOf = (file: string) => join(import.meta.dirname, file)

const childrenOf = ({ pid }: ChildProcess): number[] =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .flatMap((line) => (line.trim() ? Number(line) : []))

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
