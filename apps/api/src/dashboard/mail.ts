/** Mails to users: by Resend, or in development to an inbox that the dashboard shows. */
import { lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { inboxMails } from '../../../../drizzle/schema.ts'
import type { ResendConfig } from '../accounts-config.ts'
import { configOf, type Env } from '../env.ts'
import { errorText } from '../error-text.ts'
import { countAttempt } from './attempts.ts'

export interface Mail {
  to: string
  subject: string
  /** Plain text. May hold links that sign people in: it is not to be logged. */
  text: string
}

/** What anybody can have sent to an address that is not theirs is bounded by this, whoever asks. */
const MAILS_TO_AN_ADDRESS = { window: 3600, max: 10 }
const INBOX_KEPT_MS = 7 * 24 * 3600 * 1000
const SEND_LIMIT_MS = 10_000

/**
 * Sends it, or says in the log why not: nobody waits for it, so that the time an answer takes says nothing
 * of whether there was a mail. One that is lost is asked for again.
 */
export async function sendMail(env: Env, mail: Mail): Promise<void> {
  const config = configOf(env)
  try {
    const { allowed } = await countAttempt(env, `mail|${mail.to.toLowerCase()}`, MAILS_TO_AN_ADDRESS)
    if (!allowed) return report('mail withheld: too many to one address', mail)
    if (config.RADIST_MAIL_PROVIDER === 'inbox') await keepInInbox(env, mail)
    else await sendByResend(config, mail)
  } catch (error) {
    report('mail not sent', mail, errorText(error))
  }
}

function report(message: string, { subject }: Mail, error?: string): void {
  console.error(JSON.stringify({ message, subject, error }))
}

async function keepInInbox(env: Env, { to, subject, text }: Mail): Promise<void> {
  const db = drizzle(env.DB)
  const now = Date.now()
  const mail = { id: crypto.randomUUID(), recipient: to, subject, text, createdAt: now }
  await db.batch([
    db.insert(inboxMails).values(mail),
    db.delete(inboxMails).where(lt(inboxMails.createdAt, now - INBOX_KEPT_MS)),
  ])
  console.log(JSON.stringify({ message: 'mail in the inbox', to, subject }))
}

/** resend.com/docs/api-reference/emails/send-email */
async function sendByResend(config: ResendConfig, { to, subject, text }: Mail): Promise<void> {
  const answer = await fetch(new URL('/emails', config.RADIST_MAIL_API_BASE_URL), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${config.RADIST_MAIL_API_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ from: config.RADIST_MAIL_FROM, to: [to], subject, text }),
    signal: AbortSignal.timeout(SEND_LIMIT_MS),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`The mail provider answers ${answer.status}`)
}
