import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { inboxMails } from '../../../../drizzle/schema.ts'
import { app } from '../app.ts'
import type { Env } from '../env.ts'
import { serve, stopServing } from '../testing/far-end.ts'
import { sendMail } from './mail.ts'

const PROVIDER = 'https://mail.test'
const withProvider: Env = {
  ...env,
  RADIST_MAIL_PROVIDER: 'resend',
  RADIST_MAIL_API_KEY: 're_key_of_the_worker_tests',
  RADIST_MAIL_FROM: 'Radist <mail@radist.test>',
  RADIST_MAIL_API_BASE_URL: PROVIDER,
}
const newMail = () => ({
  to: `${crypto.randomUUID()}@radist.test`,
  subject: 'Subject',
  text: 'https://radist.test/secret-link\n',
})

const log: string[] = []
beforeEach(() => {
  log.length = 0
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void log.push(String(line)))
})
afterEach(() => stopServing(PROVIDER))

describe('the provider', () => {
  test('is asked as it documents', async () => {
    const asked: unknown[] = []
    serve(PROVIDER, async (request) => {
      const { method, url, headers } = request
      asked.push({ method, url, key: headers.get('authorization'), body: await request.json() })
      return Response.json({ id: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' })
    })
    const { to, ...mail } = newMail()
    await sendMail(withProvider, { to, ...mail })
    expect(asked).toEqual([
      {
        method: 'POST',
        url: `${PROVIDER}/emails`,
        key: 'Bearer re_key_of_the_worker_tests',
        body: { from: 'Radist <mail@radist.test>', to: [to], ...mail },
      },
    ])
  })

  test.each([
    ['refuses', () => Response.json({ message: 'no' }, { status: 422 })],
    ['is not there', null],
  ])('that %s is in the log, without what the mail says', async (_, handler) => {
    if (handler) serve(PROVIDER, handler)
    await sendMail(withProvider, newMail())
    expect(log).toEqual([expect.stringContaining('mail not sent')])
    expect(log[0]).not.toMatch(/secret-link|re_key/)
  })
})

test('an address gets ten mails an hour, whoever asks for them', async () => {
  let sent = 0
  serve(PROVIDER, () => {
    sent += 1
    return Response.json({})
  })
  const mail = newMail()
  await Promise.all(Array.from({ length: 12 }, () => sendMail(withProvider, mail)))
  await sendMail(withProvider, { ...mail, to: mail.to.toUpperCase() })
  expect(sent).toBe(10)
  await sendMail(withProvider, newMail())
  expect(sent).toBe(11)
})

describe('the inbox', () => {
  const open = async (environment: Env, origin: string) => {
    const context = createExecutionContext()
    const answer = await app.request(`${origin}/api/dev/inbox`, {}, environment, context)
    await waitOnExecutionContext(context)
    return answer
  }

  test('shows what was not sent; the log does not', async () => {
    const mail = newMail()
    await sendMail(env, mail)
    const answer = await open(env, 'http://localhost:8787')
    expect(await answer.json()).toEqual({
      mails: expect.arrayContaining([{ mailId: expect.any(String), sentAt: expect.any(String), ...mail }]),
    })
    expect(log.join()).toContain(mail.to)
    expect(log.join()).not.toContain('secret-link')
  })

  test('keeps a mail for a week', async () => {
    const old = newMail()
    await sendMail(env, old)
    const aWeekAgo = Date.now() - 7 * 24 * 3600 * 1000 - 1
    await drizzle(env.DB)
      .update(inboxMails)
      .set({ createdAt: aWeekAgo })
      .where(eq(inboxMails.recipient, old.to))
    await sendMail(env, newMail())
    const left = await drizzle(env.DB).select().from(inboxMails).where(eq(inboxMails.recipient, old.to))
    expect(left).toEqual([])
  })

  test.each([
    ['in production', { ...withProvider, RADIST_ENVIRONMENT: 'production' }, 'http://localhost:8787'],
    ['when mails are sent', withProvider, 'http://localhost:8787'],
    ['under a name that anybody can have lead to this machine', env, 'http://evil.test:8787'],
  ])('is not there %s', async (_, environment, origin) => {
    expect((await open(environment, origin)).status).toBe(404)
  })
})
