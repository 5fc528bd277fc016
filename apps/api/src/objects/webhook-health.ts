/** Which of a project's endpoints fail, and since when; and which are to be disabled for it. */
import { type DisableReason, type EndpointHealth, HEALTHY } from '../domain/webhook-delivery.ts'

interface Noted {
  health: EndpointHealth
  /** Set while D1 has yet to be told; nothing is sent there any more. */
  disabling: DisableReason | null
}

export class WebhookHealth {
  readonly #sql: SqlStorage
  /** What the table holds: it is asked at every attempt, and nearly always empty. */
  readonly #noted = new Map<string, Noted>()

  constructor(sql: SqlStorage, hasTables: boolean) {
    this.#sql = sql
    if (hasTables) this.#load()
  }

  of(endpointId: string): EndpointHealth {
    return this.#noted.get(endpointId)?.health ?? HEALTHY
  }

  isDisabling(endpointId: string): boolean {
    return (this.#noted.get(endpointId)?.disabling ?? null) !== null
  }

  /** Of which D1 has to be told that they are disabled. */
  get disabling(): string[] {
    return [...this.#noted].filter(([, { disabling }]) => disabling !== null).map(([id]) => id)
  }

  /** Stores what an endpoint has come to; one that is to be disabled stays so. */
  set(endpointId: string, health: EndpointHealth, reason: DisableReason | null): void {
    const before = this.#noted.get(endpointId)
    const disabling = before?.disabling ?? reason
    if (health.failures === 0 && disabling === null) {
      if (before) this.forget(endpointId)
      return
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO failing_endpoints VALUES (?, ?, ?, ?)',
      endpointId,
      health.failures,
      health.failingSince,
      disabling,
    )
    this.#noted.set(endpointId, { health, disabling })
  }

  /** It begins anew: it was disabled, enabled or deleted. */
  forget(endpointId: string): void {
    if (!this.#noted.delete(endpointId)) return
    this.#sql.exec('DELETE FROM failing_endpoints WHERE endpoint_id = ?', endpointId)
  }

  #load(): void {
    const rows = this.#sql.exec<{
      endpoint_id: string
      failures: number
      failing_since: number
      disable_reason: string | null
    }>('SELECT * FROM failing_endpoints')
    for (const { endpoint_id, failures, failing_since, disable_reason: reason } of rows)
      this.#noted.set(endpoint_id, {
        health: { failures, failingSince: failing_since },
        disabling: reason === 'gone' || reason === 'failing' ? reason : null,
      })
  }
}
