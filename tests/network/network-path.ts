/**
 * The path between participants and an SFU host's media ports, in user space, since not every kernel
 * has netem: the host listens on one loopback address and announces another, where this stands. It
 * loses, delays, reorders and slows datagrams, changes the address that the host sees, and can refuse
 * UDP. TCP is passed on as it is.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { Link, type LinkConditions, perfectLink } from './link.ts'

export interface NetworkPathOptions {
  /** Where participants send to: the host's announced address. */
  announced: string
  /** Where the host listens. */
  host: string
  ports: readonly number[]
}

export class NetworkPath {
  readonly #ports: PortPath[]

  private constructor(ports: PortPath[]) {
    this.#ports = ports
  }

  /** @throws when one of the announced ports is taken */
  static async start({ announced, host, ports }: NetworkPathOptions): Promise<NetworkPath> {
    return new NetworkPath(await Promise.all(ports.map((port) => PortPath.start(announced, host, port))))
  }

  /** From participants to the host; what is not named is perfect. */
  set up(conditions: Partial<LinkConditions>) {
    for (const { up } of this.#ports) up.conditions = { ...perfectLink, ...conditions }
  }

  /** From the host to participants; what is not named is perfect. */
  set down(conditions: Partial<LinkConditions>) {
    for (const { down } of this.#ports) down.conditions = { ...perfectLink, ...conditions }
  }

  /** Whether datagrams pass at all. TCP is not concerned. */
  set udp(passes: boolean) {
    for (const port of this.#ports) port.udp = passes
  }

  /** Bytes that came from the host over UDP and over TCP so far. */
  get received(): { udp: number; tcp: number } {
    return this.#ports.reduce(
      (sum, { received }) => ({ udp: sum.udp + received.udp, tcp: sum.tcp + received.tcp }),
      { udp: 0, tcp: 0 },
    )
  }

  /** The host sees every participant come from another port from now on, as after a change of network or NAT binding. */
  readdress(): void {
    for (const port of this.#ports) port.readdress()
  }

  /**
   * Every address that participants have sent from leads nowhere from now on, as when they have left
   * the network that it was on; from new ones they get through.
   */
  strand(): void {
    for (const port of this.#ports) port.strand()
  }

  async close(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.close()))
  }
}

class PortPath {
  readonly up = new Link()
  readonly down = new Link()
  readonly received = { udp: 0, tcp: 0 }
  udp = true
  readonly #host: string
  readonly #port: number
  readonly #datagrams: UdpSocket
  readonly #streams: Server
  /** By participant's address: the socket that speaks to the host for it. */
  readonly #upstreams = new Map<string, UdpSocket>()
  /** Addresses whose datagrams are lost. */
  readonly #stranded = new Set<string>()
  readonly #connections = new Set<TcpSocket>()
  readonly #timers = new Set<NodeJS.Timeout>()

  private constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
    this.#datagrams = createSocket('udp4')
    this.#datagrams.on('message', (datagram, from) => {
      if (this.#stranded.has(keyOf(from.address, from.port))) return
      this.#pass(this.up, datagram, () => this.#upstream(from.address, from.port).send(datagram, port, host))
    })
    this.#streams = createServer((client) => this.#passStream(client))
  }

  static async start(announced: string, host: string, port: number): Promise<PortPath> {
    const path = new PortPath(host, port)
    path.#datagrams.bind(port, announced)
    path.#streams.listen(port, announced)
    await Promise.all([once(path.#datagrams, 'listening'), once(path.#streams, 'listening')])
    return path
  }

  readdress(): void {
    for (const socket of this.#upstreams.values()) socket.close()
    this.#upstreams.clear()
  }

  strand(): void {
    for (const address of this.#upstreams.keys()) this.#stranded.add(address)
    this.readdress()
    for (const socket of this.#connections) socket.destroy()
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.readdress()
    for (const socket of this.#connections) socket.destroy()
    await Promise.all([
      new Promise<void>((resolve) => this.#datagrams.close(resolve)),
      new Promise((resolve) => this.#streams.close(resolve)),
    ])
  }

  #pass(link: Link, datagram: Buffer, deliver: () => void): void {
    const now = performance.now()
    const arrival = this.udp ? link.arrival(datagram.length, now) : null
    if (arrival === null) return
    if (arrival - now < 1) {
      deliver()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (this.udp) deliver()
    }, arrival - now)
    this.#timers.add(timer)
  }

  #upstream(address: string, port: number): UdpSocket {
    const key = keyOf(address, port)
    const known = this.#upstreams.get(key)
    if (known) return known
    const socket = createSocket('udp4')
    this.#upstreams.set(key, socket)
    socket.on('message', (datagram) => {
      this.received.udp += datagram.length
      this.#pass(this.down, datagram, () => this.#datagrams.send(datagram, port, address))
    })
    // A host that is not there yet, or any more, is silence to the participant.
    socket.on('error', () => undefined)
    return socket
  }

  #passStream(client: TcpSocket): void {
    const upstream = connect(this.#port, this.#host)
    upstream.on('data', (chunk) => {
      this.received.tcp += chunk.length
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#connections.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#connections.delete(socket)
        other.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  }
}

const keyOf = (address: string, port: number): string => `${address}:${port}`
