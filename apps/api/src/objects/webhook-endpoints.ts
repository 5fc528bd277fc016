/** A project's webhook endpoints, which D1 owns, remembered by its Webhook object. */
import type { WebhookEventType } from '@radist-tech/protocol/dashboard'
import { webhookEventTypeSchema } from '@radist-tech/protocol/dashboard'
import { and, eq, isNull } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import { webhookEndpoints } from '../../../../drizzle/schema.ts'

/** How long they are believed without asking D1, should the word of a change have got lost. */
const MAX_AGE_MS = 60_000

/** Times are milliseconds since 1970. */
export interface Endpoint {
  endpointId: string
  url: string
  eventTypes: readonly WebhookEventType[]
  secret: string
  previous: { secret: string; expiresAt: number } | null
  createdAt: number
}

const eventTypesSchema = z.string().transform((text) => {
  const listed: unknown = JSON.parse(text)
  return z.array(webhookEventTypeSchema).parse(listed)
})

export class WebhookEndpoints {
  readonly #database: D1Database
  #cached: { endpoints: Endpoint[]; readAt: number } | null = null
  /** Rises with each `invalidate`, so that a read that began before it is not kept. */
  #generation = 0

  constructor(database: D1Database) {
    this.#database = database
  }

  /** Those that are enabled. Throws when nothing is known and D1 does not answer. */
  async enabled(projectId: string): Promise<readonly Endpoint[]> {
    const cached = this.#cached
    if (cached && Date.now() - cached.readAt < MAX_AGE_MS) return cached.endpoints
    try {
      return await this.#read(projectId)
    } catch (error) {
      if (!cached) throw error
      console.warn(JSON.stringify({ message: 'webhook endpoints are stale', projectId, error: `${error}` }))
      return cached.endpoints
    }
  }

  /** Forgets what is remembered: something of them has changed in D1. */
  invalidate(): void {
    this.#generation += 1
    this.#cached = null
  }

  /** Nothing is sent there until somebody enables it. One that is disabled, or gone, stays as it is. */
  async disable(endpointId: string, now: number): Promise<void> {
    await drizzle(this.#database)
      .update(webhookEndpoints)
      .set({ disabledAt: now })
      .where(and(eq(webhookEndpoints.id, endpointId), isNull(webhookEndpoints.disabledAt)))
    this.invalidate()
  }

  async #read(projectId: string): Promise<readonly Endpoint[]> {
    const generation = this.#generation
    const rows = await drizzle(this.#database)
      .select()
      .from(webhookEndpoints)
      .where(and(eq(webhookEndpoints.projectId, projectId), isNull(webhookEndpoints.disabledAt)))
    const endpoints = rows.map((row) => ({
      endpointId: row.id,
      url: row.url,
      eventTypes: eventTypesSchema.parse(row.eventTypes),
      secret: row.secret,
      previous:
        row.previousSecret !== null && row.previousExpiresAt !== null
          ? { secret: row.previousSecret, expiresAt: row.previousExpiresAt }
          : null,
      createdAt: row.createdAt,
    }))
    if (generation === this.#generation) this.#cached = { endpoints, readAt: Date.now() }
    return endpoints
  }
}

/** Those that sign at this time, the newest first. */
export const secretsOf = ({ secret, previous }: Endpoint, now: number): string[] =>
  previous && now < previous.expiresAt ? [secret, previous.secret] : [secret]
