/** A call in its object's SQLite: one row for what it is, one for each frame that is kept for a peer. */
import { z } from 'zod'
import { storedOriginsSchema } from '../domain/allowed-origins.ts'
import {
  type CallState,
  callFactsSchema,
  type FrameBuffers,
  type Life,
  lifeSchema,
  noFrames,
  peersOf,
} from '../domain/call-state.ts'
import type { CallEffect } from '../domain/call-turn.ts'
import { bufferOf, type FrameBuffer, slotOf, slotsOf } from '../domain/frame-buffer.ts'
import { NO_ACCESS, type ProjectAccess, projectAccessSchema } from '../domain/project-access.ts'

/**
 * A relayed frame takes the place of an old one of the same peer's: deleting those costs more. Whose it is, by the
 * peer's role, is told by its slot.
 */
const CREATE_FRAMES =
  'CREATE TABLE frames (slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, text TEXT NOT NULL)'

const publicKeysSchema = z.array(z.string())

/** `access`: what its project said when it was made. */
export interface StoredCall {
  state: CallState
  access: ProjectAccess
}

type CallRow = {
  facts: string
  life: string
  /** Calls from before this column have the two below. */
  access?: string
  public_keys?: string
  allowed_origins?: string
}

export class CallStore {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  /** The table of frames is made with the first of them: tables are most of what making a call costs. */
  #hasFrames = false

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
  }

  /** The call and who may come to it, or null: nothing is here, and nothing is written. */
  load(): StoredCall | null {
    const found = this.#sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('call', 'frames')",
    )
    const tables = found.toArray().map(({ name }) => name)
    if (!tables.includes('call')) return null
    this.#hasFrames = tables.includes('frames')
    const row = this.#sql.exec<CallRow>('SELECT * FROM call').one()
    const life = lifeSchema.parse(JSON.parse(row.life))
    this.#giveSlots(life)
    return {
      state: {
        facts: callFactsSchema.parse(JSON.parse(row.facts)),
        life,
        buffers: this.#loadBuffers(),
      },
      access: accessOf(row),
    }
  }

  /** To be called once, in a transaction. */
  create({ state, access }: StoredCall): void {
    this.#sql.exec('CREATE TABLE call (facts TEXT NOT NULL, life TEXT NOT NULL, access TEXT NOT NULL)')
    this.#sql.exec(
      'INSERT INTO call (facts, life, access) VALUES (?, ?, ?)',
      JSON.stringify(state.facts),
      JSON.stringify(state.life),
      JSON.stringify(access),
    )
  }

  /**
   * Stores one step, with what `alongside` writes: all or nothing. A relayed frame is one row; the
   * call's own row is written only when it differs.
   */
  save(
    before: CallState,
    after: CallState,
    effects: readonly CallEffect[],
    alongside: (() => void) | null,
  ): void {
    if (!this.#hasFrames && effects.some(({ type }) => type === 'post')) this.#createFrames()
    // Nearly every step is one frame, and one statement is all or nothing without a transaction around it.
    if (after.life === before.life && effects.length <= 1 && !alongside) {
      for (const effect of effects) this.#saveFrames(effect)
      return
    }
    this.#storage.transactionSync(() => {
      if (after.life !== before.life) this.#sql.exec('UPDATE call SET life = ?', JSON.stringify(after.life))
      for (const effect of effects) this.#saveFrames(effect)
      alongside?.()
    })
  }

  frameText(slot: number): string {
    return this.#sql.exec<{ text: string }>('SELECT text FROM frames WHERE slot = ?', slot).one().text
  }

  #saveFrames(effect: CallEffect): void {
    switch (effect.type) {
      case 'post':
        this.#put(effect)
        return
      case 'drop-frames':
        this.#deleteFrames(effect.polite, effect.upTo)
        return
      case 'forget-frames':
        if (this.#hasFrames) this.#deleteFrames(effect.polite, Number.MAX_SAFE_INTEGER)
        return
      case 'greet':
      case 'refuse-frame':
      case 'hang-up':
      case 'tombstoned':
        return
    }
  }

  #put({ slot, seq, text }: { slot: number; seq: number; text: string }): void {
    // Short: the runtime looks a statement up by its text each time.
    this.#sql.exec('REPLACE INTO frames VALUES (?, ?, ?)', slot, seq, text)
  }

  #deleteFrames(polite: boolean, upTo: number): void {
    const { first, last } = slotsOf(polite)
    this.#sql.exec('DELETE FROM frames WHERE slot BETWEEN ? AND ? AND seq <= ?', first, last, upTo)
  }

  /** Outside of the step's transaction: undone with it, the table would be believed to be there. */
  #createFrames(): void {
    this.#sql.exec(CREATE_FRAMES)
    this.#hasFrames = true
  }

  /** The frames of a call from before slots told whose they are, are stored anew. */
  #giveSlots(life: Life): void {
    if (!this.#hasFrames) return
    const isOlder = this.#sql.exec("SELECT 1 FROM pragma_table_info('frames') WHERE name = 'peer_id'")
    if (isOlder.toArray().length === 0) return
    const rows = this.#sql
      .exec<{ peer_id: string; seq: number; text: string }>(
        'SELECT peer_id, seq, text FROM frames ORDER BY seq',
      )
      .toArray()
    this.#storage.transactionSync(() => {
      this.#sql.exec('DROP TABLE frames')
      this.#sql.exec(CREATE_FRAMES)
      for (const { peer_id, seq, text } of rows) {
        const peer = peersOf(life).find(({ peerId }) => peerId === peer_id)
        if (peer) this.#put({ slot: slotOf(peer.polite, seq), seq, text })
      }
    })
  }

  #loadBuffers(): FrameBuffers {
    if (!this.#hasFrames) return noFrames
    return { polite: this.#loadBuffer(true), impolite: this.#loadBuffer(false) }
  }

  #loadBuffer(polite: boolean): FrameBuffer {
    const { first, last } = slotsOf(polite)
    const rows = this.#sql.exec<{ seq: number; size: number }>(
      'SELECT seq, length(text) AS size FROM frames WHERE slot BETWEEN ? AND ? ORDER BY seq',
      first,
      last,
    )
    let lastSeq = 0
    const sizes: number[] = []
    for (const { seq, size } of rows) {
      lastSeq = seq
      sizes.push(size)
    }
    return bufferOf(lastSeq, sizes)
  }
}

function accessOf({ access, public_keys, allowed_origins = '"all"' }: CallRow): ProjectAccess {
  if (access !== undefined) return projectAccessSchema.parse(JSON.parse(access))
  const keys = publicKeysSchema.parse(JSON.parse(public_keys ?? '[]'))
  return {
    ...NO_ACCESS,
    publicKeys: keys.map((key) => ({ key, expiresAt: null })),
    allowedOrigins: storedOriginsSchema.parse(JSON.parse(allowed_origins)),
  }
}
