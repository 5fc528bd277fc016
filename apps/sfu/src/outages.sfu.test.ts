/** What a host does without its disk, without its control plane, and in the wrong surroundings. */
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ControlPlaneStub, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import {
  eventually,
  exited,
  healthOf,
  metricsOf,
  readyOf,
  startProcess,
  valueIn,
} from './testing/host-process.ts'
import { hostEnvironment, startStack } from './testing/test-host.ts'
import { TestParticipant } from './testing/test-participant.ts'

describe('failures', () => {
  /** The kernel refuses every write to a file from now on, as a full disk would; or takes them again. */
  const limitFiles = (pid: number | undefined, bytes: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])

  it('a disk that takes no writes: no newcomers, a reason in /health, one alarm, and back by itself', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, {
      RADIST_SFU_WORKERS: '1',
      RADIST_LOG_LEVEL: 'info',
    })
    const { child, logged, url } = await startProcess(controlPlane, environment)
    const room = await controlPlane.assign()
    const connect = async () =>
      new TestParticipant(url, { publicKey: PUBLIC_KEY, roomToken: await controlPlane.roomToken(room) })
    const inside = await connect()
    const { participantId } = await inside.notified('joined')

    limitFiles(child.pid, '1')
    const failing = await eventually(
      () => healthOf(url),
      ({ state }) => state === 'impaired',
    )
    expect(failing).toMatchObject({ state: 'impaired', reasons: ['journal-unwritable'] })
    expect(failing.journal.failure).toEqual(expect.any(String))
    expect(await readyOf(url)).toMatchObject({ status: 503, reasons: ['journal-unwritable'] })
    expect(valueIn(await metricsOf(url), 'radist_sfu_journal_writable')).toBe(0)
    expect(await (await connect()).refusal()).toMatchObject({ code: 4503 })
    expect(await inside.request('ping', {})).toEqual({})
    // Several writes fail meanwhile: the time itself is what is tested.
    await after(3000)
    const alarm = 'the journal cannot be written: no new participants'
    expect(logged.filter(({ msg }) => msg === alarm)).toMatchObject([{ level: 50 }])

    limitFiles(child.pid, 'unlimited')
    expect(
      (
        await eventually(
          () => readyOf(url),
          ({ ready }) => ready,
        )
      ).reasons,
    ).toEqual([])
    expect(valueIn(await metricsOf(url), 'radist_sfu_journal_writable')).toBe(1)
    await (await connect()).notified('joined')
    await inside.request('leave', {})
    await controlPlane.until(
      () => controlPlane.secondsOf(participantId) >= 3,
      'the seconds of the failing time',
    )
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })

  it('a disk that takes no writes while nobody is there: found all the same', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const { child, url } = await startProcess(
      controlPlane,
      await hostEnvironment(controlPlane, { RADIST_SFU_WORKERS: '1' }),
    )
    const comesToBe = (state: string) =>
      eventually(
        () => healthOf(url),
        (health) => health.state === state,
      )
    limitFiles(child.pid, '1')
    expect(await comesToBe('impaired')).toMatchObject({ reasons: ['journal-unwritable'] })
    limitFiles(child.pid, 'unlimited')
    expect(await comesToBe('ready')).toMatchObject({ reasons: [] })
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })

  it('a disk that is full at the start: one line that names the variable, and no host', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_WORKERS: '1' })
    const main = join(import.meta.dirname, 'main.ts')
    const { status, stderr } = spawnSync('prlimit', ['--fsize=1:', process.execPath, main], {
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^The SFU host cannot start: RADIST_SFU_DATA_DIR: [^\n]*not writable: [^\n]*\n$/)
    expect(status).toBe(1)
    expect(controlPlane.enrolments).toBe(0)
    await controlPlane.down()
  })

  it('a damaged journal: set aside with an alarm that stays, and the host serves', async () => {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, { RADIST_SFU_WORKERS: '1' })
    const dataDir = environment.RADIST_SFU_DATA_DIR ?? ''
    writeFileSync(join(dataDir, 'journal.sqlite'), 'no database '.repeat(1000))
    const { child, logged, url } = await startProcess(controlPlane, {
      ...environment,
      RADIST_LOG_LEVEL: 'info',
    })
    await eventually(
      () => readyOf(url),
      ({ ready }) => ready,
    )
    const alarms = logged.filter(({ level }) => level === 50).map(({ msg }) => msg)
    expect(alarms).toEqual(['the journal was damaged and is set aside: usage in it is not delivered'])
    expect((await healthOf(url)).journal).toMatchObject({ damaged: 1, failure: null })
    expect(valueIn(await metricsOf(url), 'radist_sfu_journal_damaged')).toBe(1)
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })

  it('the control plane gone: those inside go on, joins are refused as retryable, all is delivered later', async () => {
    const stack = await startStack({ RADIST_SFU_WORKERS: '1' })
    const { controlPlane, url } = stack
    const room = await controlPlane.assign()
    const [ann, bob] = [await stack.join(room), await stack.join(room)]
    const { participantId } = await ann.notified('joined')
    const tokens = [await controlPlane.roomToken(room), await controlPlane.roomToken(room)]
    const startedAt = performance.now()
    await controlPlane.down()
    const [first = '', later = ''] = tokens
    expect(await stack.connect({ roomToken: first }).refusal()).toMatchObject({ code: 4503 })
    const unready = await eventually(
      () => readyOf(url),
      ({ ready }) => !ready,
    )
    expect(unready.reasons).toEqual(['control-plane-unreachable'])
    const silent = await metricsOf(url)
    expect(valueIn(silent, 'radist_sfu_control_plane_silence_seconds')).toBeGreaterThanOrEqual(6)
    expect(valueIn(silent, 'radist_sfu_not_ready{reason="control-plane-unreachable"}')).toBe(1)
    expect(valueIn(silent, 'radist_sfu_journal_entries{kind="usage"}')).toBeGreaterThan(0)
    expect(valueIn(silent, 'radist_sfu_journal_oldest_usage_seconds')).toBeGreaterThan(2)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect(await stack.connect({ roomToken: later }).refusal()).toMatchObject({ code: 4503 })
    await ann.request('createTransport', { direction: 'send' })
    expect(bob.notifications.map(({ event }) => event)).toEqual(['joined'])
    await controlPlane.up()
    const seconds = Math.floor((performance.now() - startedAt) / 1000)
    await controlPlane.until(
      () => controlPlane.secondsOf(participantId) >= seconds,
      'what waited in the journal',
    )
    expect(
      (
        await eventually(
          () => readyOf(url),
          ({ ready }) => ready,
        )
      ).reasons,
    ).toEqual([])
    const heard = await metricsOf(url)
    expect(valueIn(heard, 'radist_sfu_control_plane_silence_seconds')).toBeLessThan(6)
    expect(valueIn(heard, 'radist_sfu_not_ready{reason="control-plane-unreachable"}')).toBeNull()
    // Neither token was used up.
    await stack.join(room, first)
    await stack.join(room, later)
    await stack.close()
  })
})

it('addresses that look wrong are said at the start', async () => {
  const controlPlane = await ControlPlaneStub.start()
  const environment = await hostEnvironment(controlPlane, {
    RADIST_SFU_WORKERS: '1',
    RADIST_LOG_LEVEL: 'info',
  })
  const change = { RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS: 'sfu.invalid' }
  const { child, logged } = await startProcess(controlPlane, { ...environment, ...change })
  const warned = () => logged.filter(({ level }) => level === 40).map(({ msg }) => msg)
  await eventually(
    async () => warned(),
    (warnings) => warnings.length > 0,
  )
  expect(warned()).toEqual(['RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS sfu.invalid is a name that does not resolve'])
  child.kill('SIGTERM')
  await exited(child)
  await controlPlane.down()
})
