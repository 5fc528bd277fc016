import { expect, test } from 'vitest'
import { Browser, newUser } from '../testing/dashboard-fixture.ts'

test('who signs in for the first time has an organisation of their own', async () => {
  const { email, userId } = await newUser()
  const browser = new Browser()
  expect((await browser.fetch('/api/dashboard/session')).status).toBe(401)
  const signIns = await Promise.all([browser.signIn(email), new Browser().signIn(email)])
  expect(signIns.map(({ status }) => status)).toEqual([200, 200])
  const session = await (await browser.fetch('/api/dashboard/session')).json()
  expect(session).toEqual({
    user: { userId, email, name: 'Test', twoFactorEnabled: false },
    organizations: [{ organizationId: userId, name: "Test's organisation", role: 'owner' }],
    isOperator: false,
  })
})
