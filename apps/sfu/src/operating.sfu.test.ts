import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { ControlPlaneStub, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { decoded, MediaDevice } from './testing/media-device.ts'
import {
  type Environment,
  freePorts,
  hostEnvironment,
  spawnHost,
  startStack,
  type TestStack,
} from './testing/test-host.ts'
import { TestParticipant } from './testing/test-participant.ts'

const healthSchema = z.object({
  state: z.string(),
  reasons: z.array(z.string()),
  journal: z.object({ failure: z.string().nullable(), usage: z.number() }),
})
const readySchema = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })
const healthOf = async (url: string) => healthSchema.parse(await (await fetch(`${url}/health`)).json())
const readyOf = async (url: string) => {
  const response = await fetch(`${url}/ready`)
  return { status: response.status, ...readySchema.parse(await response.json()) }
}

/** Looks again until the host says so: what it reports follows its own rhythm. */
async function eventually<T>(
  look: () => Promise<T>,
  holds: (value: T) => boolean,
  waitMs = 10_000,
): Promise<T> {
  const until = performance.now() + waitMs
  for (;;) {
    const value = await look()
    if (holds(value) || performance.now() > until) return value
    await after(100)
  }
}

/** A host process, ended with the test; what it logs is kept. */
async function startProcess(controlPlane: ControlPlaneStub, environment: Environment) {
  const before = controlPlane.enrolments
  const child = spawnHost(environment)
  onTestFinished(() => void child.kill('SIGKILL'))
  const logged: { msg: string; level: number }[] = []
  let rest = ''
  child.stdout?.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines)
      logged.push(z.object({ msg: z.string(), level: z.number() }).parse(JSON.parse(line)))
  })
  await controlPlane.until(() => controlPlane.enrolments > before, 'the enrolment')
  return { child, logged, url: environment.RADIST_SFU_PUBLIC_URL ?? '' }
}

const exited = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

/** The value of a series in Prometheus' text format. */
const valueIn = (text: string, series: string): number | null => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

describe('metrics', () => {
  let stack: TestStack
  let operatorPort: number
  beforeAll(async () => {
    operatorPort = await freePorts(1)
    stack = await startStack({ RADIST_SFU_METRICS_PORT: String(operatorPort) })
  })
  afterAll(() => stack.close())
  const read = async () => (await fetch(`${stack.url}/metrics`)).text()

  it('tell of a call: who is in, what is sent, how joins went', async () => {
    const room = await stack.controlPlane.assign()
    const [ann, bob] = [await stack.join(room), await stack.join(room)]
    const devices = [await MediaDevice.open(ann), await MediaDevice.open(bob)] as const
    await devices[0].publishVideo()
    const { producer } = await bob.notified('producerAdded')
    await decoded(await devices[1].consume(producer), 5)
    const busy = await eventually(
      read,
      (text) => (valueIn(text, 'radist_sfu_media_bitrate{direction="out"}') ?? 0) > 0,
    )
    expect(valueIn(busy, 'radist_sfu_media_bitrate{direction="in"}')).toBeGreaterThan(1000)
    expect(valueIn(busy, 'radist_sfu_media_bytes_total{direction="in"}')).toBeGreaterThan(1000)
    expect(valueIn(busy, 'radist_sfu_participants')).toBe(2)
    expect(valueIn(busy, 'radist_sfu_sockets')).toBe(2)
    expect(valueIn(busy, 'radist_sfu_transports')).toBe(4)
    expect(valueIn(busy, 'radist_sfu_media_entities{kind="video_producer"}')).toBe(1)
    expect(valueIn(busy, 'radist_sfu_media_entities{kind="video_consumer"}')).toBe(1)
    expect(valueIn(busy, 'radist_sfu_ready')).toBe(1)
    expect(valueIn(busy, 'radist_sfu_worker_up{worker="1"}')).toBe(1)
    expect(valueIn(busy, 'radist_sfu_join_duration_seconds_count{outcome="joined"}')).toBe(2)
    for (const device of devices) device.close()
    await Promise.all([ann.request('leave', {}), bob.request('leave', {})])
    const idle = await eventually(read, (text) => valueIn(text, 'radist_sfu_transports') === 0)
    expect(valueIn(idle, 'radist_sfu_transports')).toBe(0)
    expect(valueIn(idle, 'radist_sfu_media_bitrate{direction="out"}')).toBe(0)
    expect(valueIn(idle, 'radist_sfu_media_entities{kind="video_consumer"}')).toBe(0)
  })

  it('count refusals by code, and hold no id', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const { participantId } = await ann.notified('joined')
    await stack.connect({ roomToken: 'ct_nonsense' }).refusal()
    const text = await read()
    expect(valueIn(text, 'radist_sfu_connections_refused_total{code="invalid_room_token"}')).toBe(1)
    expect(valueIn(text, 'radist_sfu_join_duration_seconds_count{outcome="refused"}')).toBe(1)
    for (const id of [participantId, room.roomId, room.projectId]) expect(text).not.toContain(id)
    await ann.drop()
  })

  it('are not for what came through a proxy, and have a port of their own', async () => {
    const forwarded = await fetch(`${stack.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
    expect(forwarded.status).toBe(404)
    const forOperators = await fetch(`http://127.0.0.1:${operatorPort}/metrics`)
    expect(await forOperators.text()).toContain('radist_sfu_rooms')
    expect((await fetch(`http://127.0.0.1:${operatorPort}/api/v1/sfu/signaling/ws`)).status).toBe(404)
  })

  it('are for the bearer of the token, when there is one', async () => {
    const token = 'a-token-for-the-metrics'
    const guarded = await startStack({ RADIST_SFU_METRICS_TOKEN: token, RADIST_SFU_WORKERS: '1' })
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(404)
    const authorization = `Bearer ${token}`
    expect((await fetch(`${guarded.url}/metrics`, { headers: { authorization } })).status).toBe(200)
    await guarded.close()
  })
})

describe('limits', () => {
  it('are what the variables say', async () => {
    const stack = await startStack({
      RADIST_SFU_WORKERS: '1',
      RADIST_SFU_MAX_TRANSPORTS: '1',
      RADIST_SFU_MAX_SOCKETS_PER_ADDRESS: '2',
      RADIST_SFU_TRUSTED_PROXIES: '127.0.0.0/8',
    })
    const room = await stack.controlPlane.assign()
    const [ann, bob] = [await stack.join(room), await stack.join(room)]
    await ann.request('createTransport', { direction: 'send' })
    await expect(ann.request('createTransport', { direction: 'recv' })).rejects.toThrow('limit-reached')
    const third = stack.connect({ roomToken: await stack.controlPlane.roomToken(room) })
    expect(await third.refusal()).toEqual({ code: 4429, reason: 'Too many requests.' })
    await bob.drop()
    await stack.join(room)
    await stack.close()
  })
})

describe('TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'radist-tls-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const files = { certificate: join(directory, 'host.crt'), key: join(directory, 'host.key') }

  /** A new certificate in place of the one before, as its renewal would put it there. */
  function makeCertificate(name: string): void {
    const [certificate, key] = [`${files.certificate}.new`, `${files.key}.new`]
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    execFileSync('openssl', [...args, ...subject, '-out', certificate, '-keyout', key], { stdio: 'ignore' })
    renameSync(certificate, files.certificate)
    renameSync(key, files.key)
  }

  /** In the very instant of the change a connection may be reset: see `HttpServer`. */
  const servedNameOrReset = (port: string | undefined) => servedName(port).catch(() => 'reset')

  const servedName = async (port: string | undefined): Promise<string> => {
    const socket = tlsConnect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }

  it('is served, and a renewed certificate is taken without ending what is open', async () => {
    makeCertificate('first')
    const controlPlane = await ControlPlaneStub.start()
    const plain = await hostEnvironment(controlPlane)
    const environment: Environment = {
      ...plain,
      RADIST_SFU_WORKERS: '1',
      RADIST_LOG_LEVEL: 'info',
      RADIST_SFU_PUBLIC_URL: plain.RADIST_SFU_PUBLIC_URL?.replace('http:', 'https:') ?? '',
      RADIST_SFU_TLS_CERTIFICATE: files.certificate,
      RADIST_SFU_TLS_KEY: files.key,
    }
    const { child, logged } = await startProcess(controlPlane, environment)
    const port = environment.RADIST_SFU_PORT
    expect(await servedName(port)).toBe('first')
    const open = tlsConnect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
    await once(open, 'secureConnect')

    makeCertificate('second')
    child.kill('SIGHUP')
    expect(
      await eventually(
        () => servedNameOrReset(port),
        (name) => name === 'second',
      ),
    ).toBe('second')
    // Every connection from now on, not one of two.
    for (let i = 0; i < 8; i++) expect(await servedName(port)).toBe('second')
    open.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
    const [answer] = await once(open, 'data')
    expect(String(answer)).toContain('200 OK')
    open.destroy()

    rmSync(files.key)
    child.kill('SIGHUP')
    const refused = 'the certificate is not renewed: the former one stays in use'
    await eventually(
      async () => logged,
      (lines) => lines.some(({ msg }) => msg === refused),
    )
    expect(logged.map(({ msg }) => msg)).toContain(refused)
    expect(await servedName(port)).toBe('second')
    child.kill('SIGTERM')
    expect(await exited(child)).toBe(0)
    await controlPlane.down()
  })
})

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
