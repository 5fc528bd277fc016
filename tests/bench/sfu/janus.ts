/** Janus as a process of its own, with its configuration in a temporary folder, driven over its WebSocket API. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import WebSocket from 'ws'
import { z } from 'zod'
import { freePorts } from '../../../apps/sfu/src/testing/test-host.ts'
import { onStop } from '../../../scripts/process/lifetime.ts'
import { TetheredProcess } from '../../../scripts/process/tethered.ts'

/** The only one. */
export const JANUS_ROOM = 1
const START_TIMEOUT_MS = 15_000
const ANSWER_TIMEOUT_MS = 15_000
const GRACE_SECONDS = 5
const MEDIA_PORTS = 500

/**
 * As Debian's package has it, but on loopback only, without what is not measured, and with a thread for each core
 * rather than for each participant: that forwards for a third less.
 */
const configuration = (port: number, firstMediaPort: number) => ({
  'janus.jcfg': `
    general: { debug_level = 2, session_timeout = 0, event_loops = ${availableParallelism()} }
    media: { rtp_port_range = "${firstMediaPort}-${firstMediaPort + MEDIA_PORTS - 1}" }
    nat: { ice_enforce_list = "lo" }
    plugins: { disable = "${shared(['audiobridge', 'duktape', 'echotest', 'lua', 'nosip', 'recordplay', 'sip', 'streaming', 'textroom', 'videocall', 'voicemail'])}" }
    transports: { disable = "${shared(['http', 'mqtt', 'nanomsg', 'pfunix', 'rabbitmq'])}" }
  `,
  'janus.transport.websockets.jcfg': `
    general: { ws = true, ws_port = ${port}, ws_ip = "127.0.0.1" }
    admin: { admin_ws = false }
  `,
  // Nobody is told to send less (0), since nobody here would.
  'janus.plugin.videoroom.jcfg': `room-${JANUS_ROOM}: { publishers = 1, bitrate = 0, videocodec = "vp8" }`,
})

const shared = (names: readonly string[]) => names.map((name) => `libjanus_${name}.so`).join(',')

/** What is read here of Janus' messages. */
const messageSchema = z.object({
  janus: z.string(),
  transaction: z.string().optional(),
  /** The handle that it is about. */
  sender: z.number().optional(),
  data: z.object({ id: z.number() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
  plugindata: z
    .object({ data: z.looseObject({ error: z.string().optional(), id: z.number().optional() }) })
    .optional(),
  jsep: z.object({ sdp: z.string() }).optional(),
})
type Message = z.infer<typeof messageSchema>

interface Sdp {
  type: 'offer' | 'answer'
  sdp: string
}

/** One participant's use of the VideoRoom plugin. */
export interface VideoRoomHandle {
  /** @throws with the reason that Janus gives when it refuses */
  ask(body: object, jsep?: Sdp): Promise<{ id: number | undefined; sdp: string | undefined }>
  /** Resolves when Janus, too, takes the connection for open. */
  readonly up: Promise<void>
}

export class Janus {
  readonly pid: number
  readonly #process: TetheredProcess
  readonly #folder: string
  readonly #socket: WebSocket
  readonly #forget: () => void
  /** By transaction. */
  readonly #waiting = new Map<string, (message: Message) => void>()
  /** By handle. */
  readonly #opening = new Map<number, () => void>()
  #sessionId = 0

  private constructor(pid: number, process: TetheredProcess, folder: string, socket: WebSocket) {
    this.pid = pid
    this.#process = process
    this.#folder = folder
    this.#socket = socket
    this.#forget = onStop(() => this.stop())
    socket.on('message', (frame) => {
      const message = messageSchema.parse(JSON.parse(String(frame)))
      if (message.janus === 'webrtcup') this.#opening.get(message.sender ?? 0)?.()
      else if (message.janus !== 'ack') this.#waiting.get(message.transaction ?? '')?.(message)
    })
  }

  static async start(program: string): Promise<Janus> {
    const port = await freePorts(1)
    const folder = mkdtempSync(join(tmpdir(), 'radist-janus-'))
    // A media port that is taken is passed over by Janus.
    for (const [name, text] of Object.entries(configuration(port, await freePorts(1))))
      writeFileSync(join(folder, name), text)
    const log = openSync(join(folder, 'janus.log'), 'w')
    const process = new TetheredProcess(
      program,
      ['--configs-folder', folder, '--config', join(folder, 'janus.jcfg')],
      { output: log, graceSeconds: GRACE_SECONDS },
    )
    closeSync(log)
    try {
      const socket = await connected(`ws://127.0.0.1:${port}/`)
      const janus = new Janus(await process.pid, process, folder, socket)
      janus.#sessionId = idOf(await janus.#request({ janus: 'create' }))
      return janus
    } catch (error) {
      await process.stop()
      console.error(readFileSync(join(folder, 'janus.log'), 'utf8'))
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  async attach(): Promise<VideoRoomHandle> {
    const attach = { janus: 'attach', plugin: 'janus.plugin.videoroom', session_id: this.#sessionId }
    const handleId = idOf(await this.#request(attach))
    return {
      up: new Promise((resolve) => this.#opening.set(handleId, resolve)),
      ask: async (body, jsep) => {
        const message = { janus: 'message', session_id: this.#sessionId, handle_id: handleId }
        const answer = await this.#request({ ...message, body, ...(jsep && { jsep }) })
        const { error, id } = answer.plugindata?.data ?? {}
        if (error !== undefined) throw new Error(`Janus: ${error}`)
        return { id, sdp: answer.jsep?.sdp }
      },
    }
  }

  async stop(): Promise<void> {
    this.#forget()
    this.#socket.terminate()
    await this.#process.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #request(request: object): Promise<Message> {
    const transaction = crypto.randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<Message>()
    const late = setTimeout(() => reject(new Error('Janus does not answer')), ANSWER_TIMEOUT_MS)
    this.#waiting.set(transaction, resolve)
    this.#socket.send(JSON.stringify({ ...request, transaction }))
    try {
      const message = await promise
      if (message.janus === 'error') throw new Error(`Janus: ${message.error?.reason}`)
      return message
    } finally {
      clearTimeout(late)
      this.#waiting.delete(transaction)
    }
  }
}

function idOf({ data }: Message): number {
  if (data === undefined) throw new Error('Janus has answered without an id')
  return data.id
}

/** Tries until Janus listens. */
async function connected(url: string): Promise<WebSocket> {
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const socket = new WebSocket(url, 'janus-protocol')
    const error = await new Promise<Error | null>((resolve) => {
      socket.once('open', () => resolve(null))
      socket.once('error', resolve)
    })
    if (error === null) return socket
    if (performance.now() > deadline) throw new Error('Janus does not listen', { cause: error })
    await after(50)
  }
}
