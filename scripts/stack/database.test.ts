import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { repositoryRoot } from '../paths.ts'
import { seedAccountSql, seedSql } from './seed.ts'

const folder = join(repositoryRoot, 'drizzle', 'migrations')
const journal: { entries: { tag: string }[] } = JSON.parse(
  readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'),
)
const tags = journal.entries.map(({ tag }) => tag)

/** SQLite as D1 has it, with foreign keys. */
let database: DatabaseSync
beforeEach(() => {
  database = new DatabaseSync(':memory:')
})
afterEach(() => database.close())

const migrate = (...steps: string[]) => {
  for (const step of steps) database.exec(readFileSync(join(folder, `${step}.sql`), 'utf8'))
}
const all = (sql: string) => database.prepare(sql).all()

it('gives each customer of the projects a billing account, which its projects share', () => {
  const before = tags.indexOf('0002_billing_accounts')
  migrate(...tags.slice(0, before))
  database.exec(`
    INSERT INTO projects (id, name, stripe_customer_id, created_at) VALUES
      ('b', 'Second of cus_1', 'cus_1', 2), ('a', 'First of cus_1', 'cus_1', 1),
      ('c', 'Alone', 'cus_2', 3), ('d', 'Free', NULL, 4);
    INSERT INTO secret_keys (hash, project_id, name, last_four, created_at) VALUES ('h', 'a', 'Key', '1234', 1);
    INSERT INTO public_keys (key, project_id, created_at) VALUES ('k', 'b', 1);
  `)
  migrate(...tags.slice(before))
  expect(all('SELECT id, name, stripe_customer_id, created_at FROM billing_accounts ORDER BY id')).toEqual([
    { id: 'a', name: 'First of cus_1', stripe_customer_id: 'cus_1', created_at: 1 },
    { id: 'c', name: 'Alone', stripe_customer_id: 'cus_2', created_at: 3 },
  ])
  expect(
    all('SELECT id, billing_account_id, connection_limit, allowed_origins FROM projects ORDER BY id'),
  ).toEqual([
    { id: 'a', billing_account_id: 'a', connection_limit: 100, allowed_origins: '[]' },
    { id: 'b', billing_account_id: 'a', connection_limit: 100, allowed_origins: '[]' },
    { id: 'c', billing_account_id: 'c', connection_limit: 100, allowed_origins: '[]' },
    { id: 'd', billing_account_id: null, connection_limit: 100, allowed_origins: '[]' },
  ])
  expect(all('PRAGMA foreign_key_check')).toEqual([])
  expect(all('SELECT hash, project_id FROM secret_keys')).toEqual([{ hash: 'h', project_id: 'a' }])
  expect(all('SELECT key, project_id FROM public_keys')).toEqual([{ key: 'k', project_id: 'b' }])
})

it('seeds the demo project again, and knows nothing of a subscription when its customer is another one', () => {
  migrate(...tags)
  const demo = { projectId: 'demo', publicKey: 'rad_pk_x', secretKey: 'rad_sk_x' }
  const seed = (customer: string) => database.exec(seedSql(demo, customer, 1))
  const account = () => all('SELECT id, stripe_customer_id, subscription_status FROM billing_accounts')
  seed('cus_1')
  database.exec("UPDATE billing_accounts SET subscription_status = 'active', subscription_read_at = 1")
  seed('cus_1')
  expect(account()).toEqual([{ id: 'demo', stripe_customer_id: 'cus_1', subscription_status: 'active' }])
  seed('cus_2')
  expect(account()).toEqual([{ id: 'demo', stripe_customer_id: 'cus_2', subscription_status: null }])
})

it('seeds the demo account in a database of before there were accounts, and again whatever became of it', () => {
  const before = tags.indexOf('0004_dashboard')
  const demo = { projectId: 'demo-project', publicKey: 'rad_pk_x', secretKey: 'rad_sk_x' }
  migrate(...tags.slice(0, before))
  database.exec(seedSql(demo, 'cus_1', 1))
  migrate(...tags.slice(before))
  const seed = (passwordHash: string) => {
    const account = { email: "d'emo@radist.example", passwordHash, projectId: demo.projectId }
    database.exec(seedSql(demo, 'cus_1', 2) + seedAccountSql(account))
  }
  const state = () =>
    all(`
      SELECT users.email, users.email_verified AS verified, accounts.provider_id AS provider,
        accounts.account_id = users.id AS is_own, accounts.password, members.role,
        projects.id AS project, billing_accounts.id AS payer
      FROM users
      JOIN accounts ON accounts.user_id = users.id
      JOIN members ON members.user_id = users.id
      JOIN projects ON projects.organization_id = members.organization_id
      JOIN billing_accounts ON billing_accounts.organization_id = members.organization_id
    `)
  const seeded = (password: string) => [
    {
      email: "d'emo@radist.example",
      verified: 1,
      provider: 'credential',
      is_own: 1,
      password,
      role: 'owner',
      project: 'demo-project',
      payer: 'demo-project',
    },
  ]
  seed('hash-1')
  expect(state()).toEqual(seeded('hash-1'))
  database.exec("UPDATE members SET role = 'billing'; UPDATE users SET email_verified = 0")
  seed('hash-2')
  expect(state()).toEqual(seeded('hash-2'))
  expect(all('PRAGMA foreign_key_check')).toEqual([])
})
