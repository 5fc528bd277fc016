import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import type { Toolchain } from '../toolchain.ts'
import { frugalEnv, frugalNode } from './frugal.ts'
import type { SfuPorts } from './ports.ts'
import { answers, Service, type ServiceOptions } from './service.ts'

export type SfuHostOptions = Pick<ServiceOptions, 'log' | 'restart' | 'restarted' | 'report'> & {
  readonly index: number
  readonly toolchain: Toolchain
  readonly stateDir: string
  readonly ports: SfuPorts
  readonly workers: number
  readonly controlPlaneUrl: string
  readonly variables: Readonly<Record<string, string>>
}

export class SfuHost {
  readonly service: Service
  readonly #dataDir: string
  readonly #port: number

  constructor(options: SfuHostOptions) {
    const { index, toolchain, stateDir, ports, workers, controlPlaneUrl, variables, ...rest } = options
    this.#dataDir = join(stateDir, `sfu-${index}`)
    this.#port = ports.signaling
    this.service = new Service({
      ...rest,
      name: `SFU host ${index}`,
      command: toolchain.sfuNode,
      args: [...frugalNode, join('apps', 'sfu', 'src', 'main.ts')],
      cwd: repositoryRoot,
      env: {
        ...process.env,
        ...frugalEnv,
        RADIST_SFU_CONTROL_PLANE_URL: controlPlaneUrl,
        RADIST_SFU_DATA_DIR: this.#dataDir,
        RADIST_SFU_LISTEN_HOST: '127.0.0.1',
        RADIST_SFU_PORT: String(ports.signaling),
        RADIST_SFU_PUBLIC_URL: `http://127.0.0.1:${ports.signaling}`,
        RADIST_SFU_MEDIA_LISTEN_IP: '127.0.0.1',
        RADIST_SFU_MEDIA_PORT: String(ports.firstMedia),
        RADIST_SFU_WORKERS: String(workers),
        MEDIASOUP_WORKER_BIN: toolchain.mediasoupWorkerBin,
        ...variables,
      },
      probe: answers(`http://127.0.0.1:${ports.signaling}/ready`),
      startLimitSeconds: 30,
      // Time to hand its last usage to the Worker; what it cannot, it keeps for its next start.
      graceSeconds: 5,
    })
  }

  async info(): Promise<{ hostId: string; signalingUrl: string; pid: number }> {
    const identity = JSON.parse(readFileSync(join(this.#dataDir, 'identity.json'), 'utf8'))
    return {
      hostId: String(identity.hostId),
      signalingUrl: `ws://127.0.0.1:${this.#port}/api/v1/sfu/signaling/ws`,
      pid: await this.service.pid(),
    }
  }
}
