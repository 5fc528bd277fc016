/** What the parts of the benchmark share: options, ports, and our host as users run it. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ROOM_SIGNALING_PATH } from '@radist-tech/protocol'
import {
  type AssignedRoom,
  ControlPlaneStub,
  PUBLIC_KEY,
} from '../../../apps/sfu/src/testing/control-plane-stub.ts'
import { type Environment, hostEnvironment } from '../../../apps/sfu/src/testing/test-host.ts'
import { MeasuredProcess } from './measured-process.ts'

const HOST_MAIN = fileURLToPath(new URL('../../../apps/sfu/src/main.ts', import.meta.url))

export interface Options {
  rounds: number
  /** How long forwarding is measured at a time. */
  seconds: number
}

/** Our host in a process of its own, from its own entry point, enrolled with a control plane in this process. */
export class RadistHost {
  readonly process: MeasuredProcess
  readonly url: string
  readonly controlPlane: ControlPlaneStub
  readonly #dataDir: string

  private constructor(controlPlane: ControlPlaneStub, environment: Environment, preload: readonly string[]) {
    this.controlPlane = controlPlane
    this.process = new MeasuredProcess(HOST_MAIN, environment, { preload })
    this.url = environment.RADIST_SFU_PUBLIC_URL ?? ''
    this.#dataDir = environment.RADIST_SFU_DATA_DIR ?? ''
  }

  static async start(change: Environment, preload: readonly string[] = []): Promise<RadistHost> {
    const controlPlane = await ControlPlaneStub.start()
    const environment = await hostEnvironment(controlPlane, {
      RADIST_SFU_MAX_PARTICIPANTS: '100000',
      RADIST_SFU_WORKER_MAX_CONSUMERS: '100000',
      // As it is unless configured otherwise, unlike in tests.
      RADIST_SFU_USAGE_INTERVAL_SECONDS: '10',
      RADIST_LOG_LEVEL: 'silent',
      ...change,
    })
    const host = new RadistHost(controlPlane, environment, preload)
    await controlPlane.until(() => controlPlane.enrolments > 0, 'the enrolment')
    return host
  }

  assign(): Promise<AssignedRoom> {
    return this.controlPlane.assign({ maxParticipants: 10_000 })
  }

  /** Where one may join, once. */
  async joinUrl(room: AssignedRoom): Promise<string> {
    const query = { publicKey: PUBLIC_KEY, roomToken: await this.controlPlane.roomToken(room) }
    return `${this.url.replace(/^http/, 'ws')}${ROOM_SIGNALING_PATH}?${new URLSearchParams(query)}`
  }

  async close(): Promise<void> {
    await this.process.stop()
    await this.controlPlane.down()
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}
