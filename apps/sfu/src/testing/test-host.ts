/** A host for tests, in this process. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { type Host, startHost } from '../host.ts'
import { type AssignedRoom, ControlPlaneStub, FLEET_SECRET, PUBLIC_KEY } from './control-plane-stub.ts'
import { TestParticipant } from './test-participant.ts'

/** Consecutive ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000)
    const ports = Array.from({ length: count }, (_, i) => first + i)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  probe.listen(port, '127.0.0.1')
  const free = await once(probe, 'listening').then(
    () => true,
    () => false,
  )
  probe.close()
  return free
}

export type Environment = Record<string, string>

/** What a host needs to run beside this control plane. */
export async function hostEnvironment(
  controlPlane: ControlPlaneStub,
  change: Environment = {},
): Promise<Environment> {
  const port = await freePorts(4)
  return {
    RADIST_SFU_CONTROL_PLANE_URL: controlPlane.url,
    RADIST_FLEET_SECRET: FLEET_SECRET,
    RADIST_SFU_DATA_DIR: mkdtempSync(join(tmpdir(), 'radist-sfu-')),
    RADIST_SFU_LISTEN_HOST: '127.0.0.1',
    RADIST_SFU_PORT: String(port),
    RADIST_SFU_PUBLIC_URL: `http://127.0.0.1:${port}`,
    RADIST_SFU_MEDIA_LISTEN_IP: '127.0.0.1',
    RADIST_SFU_MEDIA_PORT: String(port + 1),
    RADIST_SFU_WORKERS: '2',
    RADIST_SFU_USAGE_INTERVAL_SECONDS: '1',
    RADIST_LOG_LEVEL: 'silent',
    ...(process.env.MEDIASOUP_WORKER_BIN ? { MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN } : {}),
    ...change,
  }
}

export interface TestStack {
  controlPlane: ControlPlaneStub
  environment: Environment
  url: string
  host: Host
  /** Joins a room with a new token. */
  join(room: AssignedRoom, token?: string): Promise<TestParticipant>
  connect(query: Record<string, string>): TestParticipant
  close(): Promise<void>
}

/** A host in this process that is enrolled with a control plane of its own. */
export async function startStack(change: Environment = {}): Promise<TestStack> {
  const controlPlane = await ControlPlaneStub.start()
  const environment = await hostEnvironment(controlPlane, change)
  const host = await startHost(readConfig(environment))
  await controlPlane.until(() => controlPlane.enrolments > 0, 'the enrolment')
  const url = environment.RADIST_SFU_PUBLIC_URL ?? ''
  const connect = (query: Record<string, string>) =>
    new TestParticipant(url, { publicKey: PUBLIC_KEY, ...query })
  return {
    controlPlane,
    environment,
    url,
    host,
    connect,
    async join(room, token) {
      const participant = connect({ roomToken: token ?? (await controlPlane.roomToken(room)) })
      await participant.until(() => participant.notifications.length > 0, 'the first notification')
      return participant
    },
    async close() {
      await host.close()
      await controlPlane.down()
      rmSync(environment.RADIST_SFU_DATA_DIR ?? '', { recursive: true })
    },
  }
}
