/**
 * `/api/dev/inbox`: the mails of an installation that sends none, on a developer's own machine. Their links
 * sign people in, so it is there in development only, and under the machine's own names only: a page
 * elsewhere, whose name was made to lead here, reads nothing.
 */
import type { inboxAnswerSchema } from '@radist-tech/protocol/dashboard'
import { desc } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { Hono } from 'hono'
import type { z } from 'zod'
import { inboxMails } from '../../../../drizzle/schema.ts'
import { ApiError } from '../api-error.ts'
import { configOf, type Env } from '../env.ts'

const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]']
const MOST_SHOWN = 100

export const devInbox = new Hono<{ Bindings: Env }>()

devInbox.get('/', async (c) => {
  const { RADIST_ENVIRONMENT, RADIST_MAIL_PROVIDER } = configOf(c.env)
  const isServed = RADIST_ENVIRONMENT === 'development' && RADIST_MAIL_PROVIDER === 'inbox'
  if (!isServed || !OWN_NAMES.includes(new URL(c.req.url).hostname)) throw new ApiError('not_found')
  const found = await drizzle(c.env.DB)
    .select()
    .from(inboxMails)
    .orderBy(desc(inboxMails.createdAt))
    .limit(MOST_SHOWN)
  const answer: z.infer<typeof inboxAnswerSchema> = {
    mails: found.map(({ id, recipient, subject, text, createdAt }) => ({
      mailId: id,
      to: recipient,
      subject,
      text,
      sentAt: new Date(createdAt).toISOString(),
    })),
  }
  c.header('cache-control', 'no-store')
  return c.json(answer)
})
