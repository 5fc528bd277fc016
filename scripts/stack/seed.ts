/**
 * What a developer's database starts with: a demo project, its keys, and an account to sign in with. This
 * is the one place that writes to D1 behind the Worker's back; schema: drizzle/schema.ts, drizzle/auth-schema.ts.
 */
import { hashSecret } from '@radist-tech/protocol'
import type { StackSecrets } from './secrets.ts'

type DemoProject = Pick<StackSecrets, 'projectId' | 'publicKey' | 'secretKey'>

/**
 * SQL that may be run again: it brings the rows to this state, whatever they were. A customer of another
 * Stripe account has nothing of the former one's subscription.
 */
export function seedSql(demo: DemoProject, stripeCustomerId: string, now: number): string {
  const { projectId, publicKey, secretKey } = demo
  return [
    `INSERT INTO billing_accounts (id, name, stripe_customer_id, created_at)
     VALUES (${text(projectId)}, 'Demo', ${text(stripeCustomerId)}, ${now})
     ON CONFLICT (id) DO UPDATE SET stripe_customer_id = excluded.stripe_customer_id, subscription_id = NULL,
       subscription_status = NULL, past_due_since = NULL, subscription_read_at = NULL
     WHERE stripe_customer_id IS NOT excluded.stripe_customer_id;`,
    `INSERT INTO projects (id, name, billing_account_id, created_at)
     VALUES (${text(projectId)}, 'Demo', ${text(projectId)}, ${now})
     ON CONFLICT (id) DO UPDATE SET billing_account_id = excluded.billing_account_id;`,
    `INSERT INTO public_keys (key, project_id, created_at)
     VALUES (${text(publicKey)}, ${text(projectId)}, ${now})
     ON CONFLICT (key) DO NOTHING;`,
    `INSERT INTO secret_keys (hash, project_id, name, last_four, created_at)
     VALUES (${text(hashSecret(secretKey))}, ${text(projectId)}, 'Demo', ${text(secretKey.slice(-4))}, ${now})
     ON CONFLICT (hash) DO NOTHING;`,
    '',
  ].join('\n')
}

export type DemoAccount = {
  readonly email: string
  readonly passwordHash: string
  readonly projectId: string
}

/**
 * The demo account, and its organisation with the demo project in it. May be run again: the account can be
 * signed in to with this password afterwards, and owns the organisation, whatever was before.
 */
export function seedAccountSql({ email, passwordHash, projectId }: DemoAccount): string {
  const user = `(SELECT id FROM users WHERE email = ${text(email)})`
  return [
    `INSERT INTO users (id, name, email, email_verified)
     VALUES ('demo-user', 'Demo', ${text(email)}, 1)
     ON CONFLICT (email) DO UPDATE SET email_verified = 1;`,
    `INSERT INTO accounts (id, account_id, provider_id, user_id, password)
     SELECT id, id, 'credential', id, ${text(passwordHash)} FROM users WHERE email = ${text(email)}
     ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password;`,
    `INSERT INTO organizations (id, name) VALUES ('demo', 'Demo')
     ON CONFLICT (id) DO NOTHING;`,
    `INSERT INTO members (id, organization_id, user_id, role)
     VALUES (lower(hex(randomblob(16))), 'demo', ${user}, 'owner')
     ON CONFLICT (organization_id, user_id) DO UPDATE SET role = 'owner';`,
    `UPDATE billing_accounts SET organization_id = 'demo' WHERE id = ${text(projectId)};`,
    `UPDATE projects SET organization_id = 'demo' WHERE id = ${text(projectId)};`,
    '',
  ].join('\n')
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
