/** Every port of the stack, counted from one base port, so that moving the base moves them all. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { SetupFailure } from '../setup/failure.ts'

export const DEFAULT_BASE_PORT = 8787
export const MAX_SFU_HOSTS = 20
/** Media ports of neighbouring hosts are this far apart: more workers than any host has cores. */
const MEDIA_STRIDE = 100

export type SfuPorts = { readonly signaling: number; readonly firstMedia: number }

export type StackPorts = {
  readonly worker: number
  readonly inspector: number
  readonly stripeSandbox: number
  readonly sfuHosts: readonly SfuPorts[]
}

export function planPorts(base: number, sfuHosts: number): StackPorts {
  return {
    worker: base,
    inspector: base + 1,
    stripeSandbox: base + 2,
    sfuHosts: Array.from({ length: sfuHosts }, (_, i) => ({
      signaling: base + 10 + i,
      firstMedia: base + MEDIA_STRIDE * (i + 1),
    })),
  }
}

export type PortUse = { readonly port: number; readonly purpose: string; readonly udp: boolean }

/** @param workersPerHost media workers, each of which takes one port for UDP and TCP. */
export function portUses(ports: StackPorts, workersPerHost: number, stripeSandbox: boolean): PortUse[] {
  const uses: PortUse[] = [
    { port: ports.worker, purpose: 'the Worker', udp: false },
    { port: ports.inspector, purpose: "the Worker's inspector", udp: false },
  ]
  if (stripeSandbox) uses.push({ port: ports.stripeSandbox, purpose: 'the Stripe sandbox', udp: false })
  ports.sfuHosts.forEach(({ signaling, firstMedia }, i) => {
    uses.push({ port: signaling, purpose: `the signaling of SFU host ${i}`, udp: false })
    for (let worker = 0; worker < workersPerHost; worker++) {
      uses.push({ port: firstMedia + worker, purpose: `media of SFU host ${i}`, udp: true })
    }
  })
  return uses
}

/** Throws, naming the first port that something else holds. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const free = await Promise.all(
    uses.map(async ({ port, udp }) => (await isTcpFree(port)) && (!udp || (await isUdpFree(port)))),
  )
  const taken = uses[free.indexOf(false)]
  if (taken) {
    throw new SetupFailure(
      `Port ${taken.port}, for ${taken.purpose}, is taken by another process: stop that, or move all ports with --port or RADIST_PORT.`,
    )
  }
}

async function isTcpFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
