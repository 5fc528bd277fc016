/** Brings the local D1 up to date: migrations, the demo project and its account. Skips what was done before. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashPassword } from '../../apps/api/src/dashboard/password.ts'
import { repositoryRoot } from '../paths.ts'
import { hashFolder } from '../setup/recipe.ts'
import type { StripeAccount } from '../stripe/prepare.ts'
import { readPriceTerms } from '../stripe/terms.ts'
import type { StackSecrets } from './secrets.ts'
import { seedAccountSql, seedSql } from './seed.ts'
import { prepareStripe } from './stripe-account.ts'
import { applyMigrations, executeSql } from './worker.ts'

/** What has been done to the database; in the state folder beside it. */
type Done = {
  readonly migrations?: string
  /** The Stripe account that the customer is in, and what its price is, as a hash. */
  readonly stripeAccount?: string
  readonly stripeCustomerId?: string
  readonly seed?: string
}

export class Database {
  readonly #node: string
  readonly #stateDir: string
  readonly #log: string
  readonly #file: string
  #done: Done

  constructor(node: string, stateDir: string) {
    this.#node = node
    this.#stateDir = stateDir
    this.#log = join(stateDir, 'logs', 'database.log')
    this.#file = join(stateDir, 'database.json')
    this.#done = readDone(this.#file)
  }

  async migrate(): Promise<void> {
    const migrations = hashFolder(join(repositoryRoot, 'drizzle', 'migrations'))
    if (this.#done.migrations === migrations) return
    await applyMigrations(this.#node, this.#stateDir, this.#log)
    this.#record({ migrations })
  }

  /** Needs the migrations applied and the Stripe account within reach. */
  async seed(secrets: StackSecrets, account: StripeAccount): Promise<void> {
    const stripeAccount = sha256(JSON.stringify([account, readPriceTerms(process.env)]))
    if (this.#done.stripeAccount !== stripeAccount || !this.#done.stripeCustomerId) {
      this.#record({ stripeAccount, stripeCustomerId: await prepareStripe(account, secrets.projectId) })
    }
    const customerId = this.#done.stripeCustomerId ?? ''
    const { projectId, user } = secrets
    const { email, password } = user
    const accountSql = (passwordHash: string) => seedAccountSql({ email, passwordHash, projectId })
    // A hash is another one each time: the password stands for it in what is compared.
    const seed = sha256(seedSql(secrets, customerId, 0) + accountSql(password))
    if (this.#done.seed === seed) return
    const sql = seedSql(secrets, customerId, Date.now()) + accountSql(await hashPassword(password))
    await executeSql(this.#node, this.#stateDir, sql, this.#log)
    this.#record({ seed })
  }

  #record(done: Done): void {
    this.#done = { ...this.#done, ...done }
    writeFileSync(this.#file, `${JSON.stringify(this.#done, null, 2)}\n`)
  }
}

function readDone(file: string): Done {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
