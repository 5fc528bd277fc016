/**
 * Joins, and idle participants, beside a protoo-server: with real media workers on both sides, and with
 * mediasoup stood in for on both sides, where signaling is all that is left.
 *
 * A join is a WebSocket, the router's capabilities, the roster, and two transports. Each round starts a
 * fresh process of each side: some joins to warm it up, the joins that are measured, then its memory with
 * all of them still in.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { ControlPlaneStub } from '../../../apps/sfu/src/testing/control-plane-stub.ts'
import { freePorts } from '../../../apps/sfu/src/testing/test-host.ts'
import { ratioOf, rowOf, type Series, verdict } from '../report.ts'
import { Joiner } from './joiner.ts'
import { MeasuredProcess } from './measured-process.ts'
import { type Options, RadistHost } from './setting.ts'

const JOINS_GOAL = 2
const MEMORY_GOAL = 0.5
const WARM_UP = 400
const MEASURED = 1500
const AT_A_TIME = 20
const PROTOO_MAIN = fileURLToPath(new URL('processes/protoo-host.ts', import.meta.url))

interface Variant {
  title: string
  participantsInRoom: number
  /** Instead of mediasoup itself. */
  stoodIn: boolean
  joins: number
}

const VARIANTS: readonly Variant[] = [
  { title: 'mediasoup stood in for, rooms of 10', participantsInRoom: 10, stoodIn: true, joins: MEASURED },
  { title: 'mediasoup itself, rooms of 10', participantsInRoom: 10, stoodIn: false, joins: MEASURED },
  { title: 'mediasoup stood in for, one room', participantsInRoom: 10_000, stoodIn: true, joins: 300 },
]

/** A side that has been started, and whom one may join. */
interface Started {
  protocol: 'radist' | 'protoo'
  process: MeasuredProcess
  urls(count: number): Promise<string[]>
  close(): Promise<void>
}

interface Figures {
  /** For one second of a core's time of the host's process. */
  joinsPerCpuSecond: number
  joinsPerSecond: number
  bytesPerParticipant: number
}

export async function benchSignaling({ rounds }: Options): Promise<string[]> {
  const lines: string[] = ['Joins, and idle participants']
  for (const variant of VARIANTS) {
    const ours: Figures[] = []
    const protoo: Figures[] = []
    const admitted: Figures[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const [name, start, figures] of [
        ['ours', () => startRadist(variant), ours],
        ['protoo', () => startProtoo(variant, null), protoo],
        ['protoo with admission', () => startAdmittingProtoo(variant), admitted],
      ] as const) {
        const found = await measure(await start(), variant)
        console.log(
          `    ${variant.title}, round ${round}, ${name}: ${Math.round(found.joinsPerCpuSecond)} joins per CPU second, ` +
            `${Math.round(found.joinsPerSecond)}/s, ${Math.round(found.bytesPerParticipant)} bytes each`,
        )
        figures.push(found)
      }
    }
    lines.push(...reportOf(variant, ours, protoo, admitted))
  }
  return lines
}

function reportOf(
  { title, stoodIn }: Variant,
  ours: readonly Figures[],
  protoo: readonly Figures[],
  admitted: readonly Figures[],
): string[] {
  const series = (of: (figures: Figures) => number): [Series, Series, Series] => [
    { name: 'ours', values: ours.map(of) },
    { name: 'protoo', values: protoo.map(of) },
    { name: 'protoo with admission', values: admitted.map(of) },
  ]
  const perCore = series((figures) => figures.joinsPerCpuSecond)
  const perSecond = series((figures) => figures.joinsPerSecond)
  const bytes = series((figures) => figures.bytesPerParticipant)
  const [joinRatio, byteRatio] = [ratioOf(perCore[0], perCore[1]), ratioOf(bytes[0], bytes[1])]
  return [
    ` ${title}`,
    rowOf('joins', 'per CPU second of the host', perCore),
    rowOf('joins', 'per second, all processes on this machine', perSecond),
    rowOf('idle', 'resident bytes per participant', bytes),
    ...(stoodIn
      ? [
          verdict(`at least ${JOINS_GOAL} times the joins`, joinRatio >= JOINS_GOAL, joinRatio.toFixed(2)),
          verdict(`at most ${MEMORY_GOAL} of the bytes`, byteRatio <= MEMORY_GOAL, byteRatio.toFixed(2)),
        ]
      : []),
  ]
}

async function measure(side: Started, { joins }: Variant): Promise<Figures> {
  const joiner = new Joiner()
  try {
    const { protocol } = side
    await joiner.join({ protocol, urls: await side.urls(Math.min(WARM_UP, joins)), atATime: AT_A_TIME })
    const urls = await side.urls(joins)
    const before = await side.process.usage('memory')
    const from = await side.process.usage('cpu')
    const { seconds } = await joiner.join({ protocol, urls, atATime: AT_A_TIME })
    const until = await side.process.usage('cpu')
    const memory = await side.process.usage('memory')
    return {
      joinsPerCpuSecond: joins / (until.cpuSeconds - from.cpuSeconds),
      joinsPerSecond: joins / seconds,
      bytesPerParticipant: (memory.residentBytes - before.residentBytes) / joins,
    }
  } finally {
    await joiner.close()
    await side.close()
  }
}

const preloads = ({ stoodIn }: Variant) => (stoodIn ? ['stub-mediasoup.ts'] : [])

async function startRadist(variant: Variant): Promise<Started> {
  const host = await RadistHost.start({ RADIST_SFU_WORKERS: '1' }, preloads(variant))
  return {
    protocol: 'radist',
    process: host.process,
    async urls(count) {
      const urls: string[] = []
      while (urls.length < count) {
        const room = await host.assign()
        for (let i = 0; i < variant.participantsInRoom && urls.length < count; i++)
          urls.push(await host.joinUrl(room))
      }
      return urls
    },
    close: () => host.close(),
  }
}

/** A protoo-server that lets nobody in whom the control plane has not admitted, as our host does. */
async function startAdmittingProtoo(variant: Variant): Promise<Started> {
  const controlPlane = await ControlPlaneStub.start()
  const side = await startProtoo(variant, controlPlane)
  return {
    ...side,
    async close() {
      await side.close()
      await controlPlane.down()
    },
  }
}

async function startProtoo(variant: Variant, controlPlane: ControlPlaneStub | null): Promise<Started> {
  const port = await freePorts(2)
  const { MEDIASOUP_WORKER_BIN } = process.env
  const child = new MeasuredProcess(
    PROTOO_MAIN,
    {
      BENCH_PORT: String(port),
      BENCH_MEDIA_PORT: String(port + 1),
      MEDIASOUP_WORKER_BIN,
      BENCH_CONTROL_PLANE_URL: controlPlane?.url,
    },
    { preload: preloads(variant) },
  )
  await untilListening(port)
  return {
    protocol: 'protoo',
    process: child,
    async urls(count) {
      const urls: string[] = []
      while (urls.length < count) {
        const room = { roomId: newRoomId(), projectId: projectIdSchema.parse(crypto.randomUUID()), epoch: 1 }
        for (let i = 0; i < variant.participantsInRoom && urls.length < count; i++) {
          const roomToken = controlPlane ? await controlPlane.roomToken(room) : ''
          const query = { roomId: room.roomId, peerId: `peer-${i}`, roomToken }
          urls.push(`ws://127.0.0.1:${port}/?${new URLSearchParams(query)}`)
        }
      }
      return urls
    },
    close: () => child.stop(),
  }
}

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (listens) return
    if (performance.now() > deadline) throw new Error('the protoo-server does not listen')
    await after(50)
  }
}
