/** The load generator's process: lets participants join as its parent asks, and keeps them in. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface JoinJob {
  protocol: 'radist' | 'protoo'
  /** Of each participant. */
  urls: readonly string[]
  /** How many join at a time. */
  atATime: number
}

export type JoinAnswer =
  | { ok: true; seconds: number; medianMs: number; ownCpuSeconds: number }
  | { ok: false; error: string }

const sockets: WebSocket[] = []

process.on('message', (job: JoinJob) => void answer(job))
process.on('disconnect', () => process.exit())

async function answer(job: JoinJob): Promise<void> {
  let result: JoinAnswer
  try {
    const before = process.cpuUsage()
    const startedAt = performance.now()
    const times = await joinAll(job)
    const seconds = (performance.now() - startedAt) / 1000
    const { user, system } = process.cpuUsage(before)
    times.sort((a, b) => a - b)
    const medianMs = times[times.length >> 1] ?? Number.NaN
    result = { ok: true, seconds, medianMs, ownCpuSeconds: (user + system) / 1e6 }
  } catch (error) {
    result = { ok: false, error: String(error) }
  }
  process.send?.(result)
}

async function joinAll({ protocol, urls, atATime }: JoinJob): Promise<number[]> {
  const waiting = urls.values()
  const times: number[] = []
  const lane = async () => {
    for (const url of waiting) {
      const startedAt = performance.now()
      await (protocol === 'radist' ? joinRadist(url) : joinProtoo(url))
      times.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: atATime }, lane))
  return times
}

/** `joined` brings router capabilities and roster; then two transports are asked for at once. */
async function joinRadist(url: string): Promise<void> {
  const socket = open(url)
  await answered(socket, 1, (text) => text.includes('"event":"joined"'))
  for (const [id, direction] of ['send', 'recv'].entries())
    socket.send(JSON.stringify({ id: id + 1, method: 'createTransport', data: { direction } }))
  await answered(socket, 2, (text) => text.includes('"ok":true'))
}

/** The same in as many turns: capabilities and roster, then two transports at once. */
async function joinProtoo(url: string): Promise<void> {
  const socket = open(url, 'protoo')
  await once(socket, 'open')
  const ask = (id: number, method: string, data: object) =>
    socket.send(JSON.stringify({ request: true, id, method, data }))
  const isAnswer = (text: string) => text.includes('"ok":true')
  ask(1, 'getRouterRtpCapabilities', {})
  ask(2, 'join', { displayName: 'someone' })
  await answered(socket, 2, isAnswer)
  ask(3, 'createWebRtcTransport', { direction: 'send' })
  ask(4, 'createWebRtcTransport', { direction: 'recv' })
  await answered(socket, 2, isAnswer)
}

function open(url: string, subprotocol?: string): WebSocket {
  const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false })
  sockets.push(socket)
  return socket
}

/** Waits for so many messages of a kind; what else arrives is read and thrown away. */
function answered(socket: WebSocket, count: number, isIt: (text: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    const onMessage = (data: Buffer) => {
      const text = data.toString()
      if (text.includes('"ok":false')) return reject(new Error(text))
      if (!isIt(text) || --left > 0) return
      socket.off('message', onMessage)
      socket.removeAllListeners('close')
      resolve()
    }
    socket.on('message', onMessage)
    socket.on('error', reject)
    socket.once('close', (code: number, reason: Buffer) => reject(new Error(`closed with ${code} ${reason}`)))
  })
}
