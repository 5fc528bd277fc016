/**
 * What the benchmark measures Radist beside: a Worker that does the least possible with the same
 * bindings, a Durable Object with SQLite and a D1 database. It checks nothing.
 */
import { DurableObject } from 'cloudflare:workers'
import type { UsageRecord } from '@radist-tech/protocol'
import { fill } from './records.ts'

interface Env {
  DB: D1Database
  OBJECT: DurableObjectNamespace<ReferenceObject>
}

export class ReferenceObject extends DurableObject<Env> {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  }

  /** Keeps one row. */
  keep(text: string): void {
    this.#sql.exec('INSERT INTO rows (text) VALUES (?)', text)
  }

  /** Keeps usage records as they are, each id once. */
  keepRecords(records: UsageRecord[]): string[] {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS usage (id TEXT PRIMARY KEY, project TEXT, room TEXT,
      participant TEXT, seconds INTEGER, remainder_ms INTEGER, started_at INTEGER, ended_at INTEGER) WITHOUT ROWID`)
    this.ctx.storage.transactionSync(() => {
      for (const it of records)
        this.#sql.exec(
          'INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
          it.recordId,
          it.projectId,
          it.roomId,
          it.participantId,
          it.seconds,
          it.remainderMs,
          Date.parse(it.startedAt),
          Date.parse(it.endedAt),
        )
    })
    return records.map(({ recordId }) => recordId)
  }

  /** Opens a socket; its tag is what is done with its frames. */
  override fetch(request: Request): Response {
    const { 0: client, 1: socket } = new WebSocketPair()
    this.ctx.acceptWebSocket(socket, [new URL(request.url).pathname === '/echo' ? 'echo' : 'relay'])
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, frame: string): void {
    if (this.ctx.getTags(socket)[0] === 'echo') {
      socket.send(frame)
      return
    }
    this.keep(frame)
    for (const other of this.ctx.getWebSockets()) if (other !== socket) other.send(frame)
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close()
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    switch (pathname) {
      case '/new-object':
        return create(env, env.OBJECT.getByName(crypto.randomUUID()))
      case '/same-object':
        return create(env, env.OBJECT.getByName('the only one'))
      case '/fill':
        return fill(new URL(request.url), (name, records) => env.OBJECT.getByName(name).keepRecords(records))
      case '/make':
        return fill(new URL(request.url), () => undefined)
      case '/relay':
      case '/echo':
        return env.OBJECT.getByName(searchParams.get('name') ?? '').fetch(request)
      default:
        return new Response(null, { status: 404 })
    }
  },
}

/** One object call and one insert, side by side. */
async function create(env: Env, object: DurableObjectStub<ReferenceObject>): Promise<Response> {
  const id = crypto.randomUUID()
  const insert = env.DB.prepare('INSERT INTO rows (id, created_at) VALUES (?, ?)').bind(id, Date.now())
  await Promise.all([object.keep(id), insert.run()])
  return Response.json({ id })
}
