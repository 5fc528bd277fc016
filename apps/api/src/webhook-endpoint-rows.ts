/** A project's webhook endpoints in D1, as its members make and change them. */
import {
  type updateWebhookEndpointBodySchema,
  type WebhookEndpoint,
  webhookEndpointSchema,
} from '@radist-tech/protocol/dashboard'
import { and, asc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { base64url } from 'jose'
import type { z } from 'zod'
import { webhookEndpoints } from '../../../drizzle/schema.ts'

/** Each event is stored and sent once for each. */
const MAX_ENDPOINTS = 20
/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32

type Row = typeof webhookEndpoints.$inferSelect
export type EndpointSettings = Pick<WebhookEndpoint, 'url' | 'description' | 'eventTypes'>

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

const newSecret = (): string => `whsec_${btoa(String.fromCharCode(...randomBytes(SECRET_BYTES)))}`

export class WebhookEndpointRows {
  readonly #database: D1Database
  readonly #projectId: string

  constructor(database: D1Database, projectId: string) {
    this.#database = database
    this.#projectId = projectId
  }

  /** The oldest first. */
  async list(now: number): Promise<WebhookEndpoint[]> {
    const rows = await drizzle(this.#database)
      .select()
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.projectId, this.#projectId))
      .orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.id))
    return rows.map((row) => viewEndpoint(row, now))
  }

  async find(endpointId: string, now: number): Promise<WebhookEndpoint | null> {
    const [row] = await drizzle(this.#database).select().from(webhookEndpoints).where(this.#is(endpointId))
    return row ? viewEndpoint(row, now) : null
  }

  /** Null when the project has as many as it may have. Two at once do not get past the limit. */
  async create(
    settings: EndpointSettings,
    now: number,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string } | null> {
    const { url, description, eventTypes } = settings
    const id = `we_${base64url.encode(randomBytes(16))}`
    const secret = newSecret()
    const { meta } = await drizzle(this.#database).run(sql`
      INSERT INTO webhook_endpoints (id, project_id, url, description, event_types, secret, created_at)
      SELECT ${id}, ${this.#projectId}, ${url}, ${description}, ${JSON.stringify(eventTypes)}, ${secret}, ${now}
      WHERE (SELECT count(*) FROM webhook_endpoints WHERE project_id = ${this.#projectId}) < ${MAX_ENDPOINTS}`)
    if (meta.changes === 0) return null
    const endpoint = await this.find(id, now)
    return endpoint && { endpoint, secret }
  }

  /** Changes what is told, and nothing else. */
  async update(
    endpointId: string,
    { enabled, eventTypes, url, description }: z.infer<typeof updateWebhookEndpointBodySchema>,
    now: number,
  ): Promise<WebhookEndpoint | null> {
    // One that is disabled already keeps its time.
    const disabledAt = enabled ? null : sql`coalesce(${webhookEndpoints.disabledAt}, ${now})`
    const [row] = await drizzle(this.#database)
      .update(webhookEndpoints)
      .set({
        // An update of nothing is none in SQL.
        id: endpointId,
        ...(url !== undefined && { url }),
        ...(description !== undefined && { description }),
        ...(eventTypes && { eventTypes: JSON.stringify(eventTypes) }),
        ...(enabled !== undefined && { disabledAt }),
      })
      .where(this.#is(endpointId))
      .returning()
    return row ? viewEndpoint(row, now) : null
  }

  /** The secret of now signs as well for `overlapMs`; the one before it no more. */
  async rotate(
    endpointId: string,
    overlapMs: number,
    now: number,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string } | null> {
    const secret = newSecret()
    const [row] = await drizzle(this.#database)
      .update(webhookEndpoints)
      .set({
        secret,
        previousSecret: overlapMs > 0 ? sql`${webhookEndpoints.secret}` : null,
        previousExpiresAt: overlapMs > 0 ? now + overlapMs : null,
      })
      .where(this.#is(endpointId))
      .returning()
    return row ? { endpoint: viewEndpoint(row, now), secret } : null
  }

  /** Answers what it was. */
  async delete(endpointId: string, now: number): Promise<WebhookEndpoint | null> {
    const [row] = await drizzle(this.#database)
      .delete(webhookEndpoints)
      .where(this.#is(endpointId))
      .returning()
    return row ? viewEndpoint(row, now) : null
  }

  #is(endpointId: string) {
    return and(eq(webhookEndpoints.id, endpointId), eq(webhookEndpoints.projectId, this.#projectId))
  }
}

/** Without its secrets. */
function viewEndpoint(row: Row, now: number): WebhookEndpoint {
  const { previousExpiresAt } = row
  return webhookEndpointSchema.parse({
    endpointId: row.id,
    url: row.url,
    description: row.description,
    eventTypes: JSON.parse(row.eventTypes),
    enabled: row.disabledAt === null,
    createdAt: new Date(row.createdAt).toISOString(),
    previousSecretExpiresAt:
      previousExpiresAt !== null && previousExpiresAt > now
        ? new Date(previousExpiresAt).toISOString()
        : null,
  })
}
