/** A project's flush windows within its Project object's storage: what is in them, and where each is on its way. */
import type { MeterEventState } from '@radist-tech/protocol'
import type { Delivery, PendingDelivery, RefusalReason } from '../domain/delivery.ts'
import { flushTime, type HOUR_MS, windowFor } from '../domain/ledger.ts'
import type { LedgerSpan, MINUTE_MS, NeighbourWindow } from '../domain/reconciliation.ts'

export interface WindowRow extends Record<string, SqlStorageValue> {
  start: number
  end: number
  seconds: number
  state: MeterEventState
  /** When it is to be looked at; null when it is not. */
  due_at: number | null
  failures: number
  unsettled_since: number | null
  sent_at: number | null
  settled_at: number | null
  reason: RefusalReason | null
  message: string | null
  /** To whom it was sent last. */
  customer_id: string | null
  /** The timestamp of its event: the window's end, unless that became too old. */
  event_time: number
  /** How often Stripe reported that its event does not count, and it was sent again. */
  revision: number
  /** 1 when Stripe has reported so of the present revision. */
  reported: number
}

/** Windows in each state, and their participant seconds. */
export type MeterSums = Record<MeterEventState, { events: number; seconds: number }>

export const NO_SUMS: MeterSums = {
  open: { events: 0, seconds: 0 },
  pending: { events: 0, seconds: 0 },
  delivered: { events: 0, seconds: 0 },
  refused: { events: 0, seconds: 0 },
}

/** What names one event of a window. */
export type SentAs = Pick<WindowRow, 'start' | 'revision'>

const COLUMNS = `start, end, seconds, state, due_at, failures, unsettled_since, sent_at, settled_at, reason,
  message, customer_id, COALESCE(event_time, end) AS event_time, revision, reported`

/** Columns that a table of an earlier version lacks. */
const LATER_COLUMNS = {
  sent_at: 'INTEGER',
  customer_id: 'TEXT',
  event_time: 'INTEGER',
  revision: 'INTEGER NOT NULL DEFAULT 0',
  reported: 'INTEGER NOT NULL DEFAULT 0',
}

/** To be called before anything else of this file, whenever the object starts with a ledger, or makes one. */
export function prepareMeterWindows(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS meter_windows (
      start INTEGER PRIMARY KEY,
      end INTEGER NOT NULL,
      seconds INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'delivered', 'refused')),
      due_at INTEGER,
      failures INTEGER NOT NULL DEFAULT 0,
      unsettled_since INTEGER,
      settled_at INTEGER,
      reason TEXT,
      message TEXT
    );
    CREATE INDEX IF NOT EXISTS meter_windows_due ON meter_windows (due_at) WHERE due_at IS NOT NULL;
  `)
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('meter_windows')").toArray()
  const there = new Set(columns.map(({ name }) => name))
  for (const [name, type] of Object.entries(LATER_COLUMNS))
    if (!there.has(name)) sql.exec(`ALTER TABLE meter_windows ADD COLUMN ${name} ${type}`)
  sql.exec(`
    CREATE INDEX IF NOT EXISTS meter_windows_by_state ON meter_windows (state, start);
    CREATE INDEX IF NOT EXISTS meter_windows_by_event ON meter_windows (COALESCE(event_time, end));
  `)
}

export class MeterWindows {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Adds seconds to the window that is open at `now`, or opens one. */
  add(seconds: number, now: number, widthMs: number): void {
    const newest = this.#sql
      .exec<{ start: number; end: number; state: string }>(
        'SELECT start, end, state FROM meter_windows ORDER BY start DESC LIMIT 1',
      )
      .toArray()[0]
    const { start, end } = windowFor(
      now,
      widthMs,
      newest ? { start: newest.start, end: newest.end, frozen: newest.state !== 'open' } : null,
    )
    this.#sql.exec(
      `INSERT INTO meter_windows (start, end, seconds, state, due_at) VALUES (?, ?, ?, 'open', ?)
       ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds`,
      start,
      end,
      seconds,
      flushTime({ start, end }, Math.random()),
    )
  }

  nextDueAt(): number | null {
    return this.#sql
      .exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM meter_windows WHERE due_at IS NOT NULL')
      .one().due
  }

  /** Windows that are due, oldest first; they take no more seconds from here on. */
  freezeDue(now: number, limit: number): WindowRow[] {
    this.#sql.exec("UPDATE meter_windows SET state = 'pending' WHERE due_at <= ? AND state = 'open'", now)
    return this.#sql
      .exec<WindowRow>(
        `SELECT ${COLUMNS} FROM meter_windows WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
        now,
        limit,
      )
      .toArray()
  }

  /** What is not delivered, and what is of the windows that begin at `since` or later. */
  sums(since: number): MeterSums {
    const sums = { ...NO_SUMS }
    const rows = this.#sql.exec<{ state: MeterEventState; events: number; sum: number }>(
      `SELECT state, COUNT(*) AS events, SUM(seconds) AS sum FROM meter_windows
       WHERE state IN ('open', 'pending', 'refused') OR (state = 'delivered' AND start >= ?) GROUP BY state`,
      since,
    )
    for (const { state, events, sum } of rows) sums[state] = { events, seconds: sum }
    return sums
  }

  find(start: number): WindowRow | null {
    return (
      this.#sql.exec<WindowRow>(`SELECT ${COLUMNS} FROM meter_windows WHERE start = ?`, start).toArray()[0] ??
      null
    )
  }

  /** Newest first, with how many there are in all. */
  page(state: MeterEventState | null, page: number, limit: number): { rows: WindowRow[]; total: number } {
    const states = state === null ? '' : 'WHERE state = ?'
    const values = state === null ? [] : [state]
    const { total } = this.#sql
      .exec<{ total: number }>(`SELECT COUNT(*) AS total FROM meter_windows ${states}`, ...values)
      .one()
    const rows = this.#sql
      .exec<WindowRow>(
        `SELECT ${COLUMNS} FROM meter_windows ${states} ORDER BY start DESC LIMIT ? OFFSET ?`,
        ...values,
        limit,
        (page - 1) * limit,
      )
      .toArray()
    return { rows, total }
  }

  /** Notes an attempt before its request leaves. */
  sending(window: SentAs, delivery: PendingDelivery, customerId: string): void {
    this.store(window, delivery)
    this.#sql.exec('UPDATE meter_windows SET customer_id = ? WHERE start = ?', customerId, window.start)
  }

  /**
   * What became of a pending window. False, and nothing is stored, when it is pending no more, or as
   * another revision: Stripe's report may have come before the answer.
   */
  store({ start, revision }: SentAs, delivery: Delivery): boolean {
    switch (delivery.kind) {
      case 'pending':
        return this.#update(
          `due_at = ?, failures = ?, unsettled_since = ?, sent_at = ?
           WHERE start = ? AND revision = ? AND state = 'pending'`,
          delivery.dueAt,
          delivery.failures,
          delivery.unsettledSince,
          delivery.sentAt,
          start,
          revision,
        )
      case 'delivered':
        return this.#update(
          `state = 'delivered', due_at = NULL, settled_at = ?, unsettled_since = NULL
           WHERE start = ? AND revision = ? AND state = 'pending'`,
          delivery.at,
          start,
          revision,
        )
      case 'refused':
        return this.#update(
          `state = 'refused', due_at = NULL, settled_at = ?, reason = ?, message = ?,
             unsettled_since = IIF(?2 = 'outcome-unknown', unsettled_since, NULL)
           WHERE start = ?4 AND revision = ?5 AND state = 'pending'`,
          delivery.at,
          delivery.reason,
          delivery.message,
          start,
          revision,
        )
    }
  }

  /** Stripe has reported that the event of this revision does not count. False when it is not news. */
  reported(start: number, revision: number, message: string, now: number): boolean {
    return this.#update(
      `state = 'refused', due_at = NULL, settled_at = ?, reason = 'stripe', message = ?, unsettled_since = NULL,
         reported = 1
       WHERE start = ? AND revision = ? AND reported = 0 AND sent_at IS NOT NULL`,
      now,
      message,
      start,
      revision,
    )
  }

  /** Puts a refused window on its way again. */
  resend(start: number, delivery: PendingDelivery, eventTime: number): void {
    this.#update(
      `state = 'pending', due_at = ?, failures = ?, unsettled_since = ?, settled_at = NULL, reason = NULL,
         message = NULL, event_time = ?, revision = revision + reported, reported = 0
       WHERE start = ? AND state = 'refused'`,
      delivery.dueAt,
      delivery.failures,
      delivery.unsettledSince,
      eventTime,
      start,
    )
  }

  /** What of a customer's minute Stripe has or may have, but for the window `except`. */
  sentBetween(customerId: string, from: number, to: number, except: number | null): NeighbourWindow[] {
    return this.#sql
      .exec<{ seconds: number; state: string; sentAt: number }>(
        `SELECT seconds, state, sent_at AS sentAt FROM meter_windows
         WHERE COALESCE(event_time, end) >= ? AND COALESCE(event_time, end) < ? AND customer_id = ?
           AND start IS NOT ? AND sent_at IS NOT NULL AND (state = 'delivered' OR unsettled_since IS NOT NULL)`,
        from,
        to,
        customerId,
        except,
      )
      .toArray()
      .map(({ seconds, state, sentAt }) => ({ seconds, sentAt, isDelivered: state === 'delivered' }))
  }

  /**
   * Seconds of closed windows that are the customer's, by the beginning of the hour or minute. Windows that
   * were never sent are of the customer who pays now (`isCurrent`).
   */
  spans(
    width: typeof HOUR_MS | typeof MINUTE_MS,
    customerId: string,
    isCurrent: boolean,
    from: number,
    to: number,
  ): LedgerSpan[] {
    return this.#sql
      .exec<{ spanStart: number; seconds: number; sentAt: number | null }>(
        `SELECT COALESCE(event_time, end) / ${width} * ${width} AS spanStart, SUM(seconds) AS seconds, MAX(sent_at) AS sentAt
         FROM meter_windows
         WHERE COALESCE(event_time, end) >= ? AND COALESCE(event_time, end) < ? AND ${OF_CUSTOMER}
         GROUP BY spanStart`,
        from,
        to,
        customerId,
        isCurrent ? 1 : 0,
      )
      .toArray()
      .map(({ spanStart, seconds, sentAt }) => ({ start: spanStart, seconds, sentAt }))
  }

  /** The windows behind {@link spans}, oldest first. */
  between(customerId: string, isCurrent: boolean, from: number, to: number, limit: number): WindowRow[] {
    return this.#sql
      .exec<WindowRow>(
        `SELECT ${COLUMNS} FROM meter_windows
         WHERE COALESCE(event_time, end) >= ? AND COALESCE(event_time, end) < ? AND ${OF_CUSTOMER}
         ORDER BY COALESCE(event_time, end) LIMIT ?`,
        from,
        to,
        customerId,
        isCurrent ? 1 : 0,
        limit,
      )
      .toArray()
  }

  /** To whom windows since `from` were sent. */
  customersSince(from: number): string[] {
    return this.#sql
      .exec<{ customer_id: string }>(
        `SELECT DISTINCT customer_id FROM meter_windows
         WHERE COALESCE(event_time, end) >= ? AND customer_id IS NOT NULL`,
        from,
      )
      .toArray()
      .map((row) => row.customer_id)
  }

  hasAnySince(from: number): boolean {
    return (
      this.#sql
        .exec('SELECT 1 FROM meter_windows WHERE COALESCE(event_time, end) >= ? LIMIT 1', from)
        .toArray().length > 0
    )
  }

  #update(changes: string, ...values: SqlStorageValue[]): boolean {
    return this.#sql.exec(`UPDATE meter_windows SET ${changes} RETURNING 1`, ...values).toArray().length > 0
  }
}

const OF_CUSTOMER = `(customer_id = ? OR (customer_id IS NULL AND ?)) AND state != 'open'`
