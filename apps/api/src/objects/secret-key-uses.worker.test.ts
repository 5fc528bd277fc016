/** How often a key's last use is written, by whichever life of the Project object. */
import { env } from 'cloudflare:workers'
import { hashSecret } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeEach, expect, it } from 'vitest'
import { secretKeys } from '../../../../drizzle/schema.ts'
import { withFailingD1 } from '../testing/failing-d1.ts'
import { addSecretKey, newProject } from '../testing/project-fixture.ts'
import { ProjectFactsCache } from './project-facts.ts'
import { SecretKeyUses } from './secret-key-uses.ts'

const FIVE_MINUTES = 300_000
const NOW = 1_790_000_000_000

let projectId: string
let hash: string
beforeEach(async () => {
  const project = await newProject()
  projectId = project.projectId
  hash = hashSecret(project.secretKey)
})

/** What a Project object knows that has just begun. */
async function facts() {
  const found = await new ProjectFactsCache(env.DB).project(projectId)
  if (!found) throw new Error('The project is gone')
  return found
}
const written = async () => {
  const [row] = await drizzle(env.DB).select().from(secretKeys).where(eq(secretKeys.hash, hash))
  return row?.lastUsedAt
}

it('is at most every 5 minutes, each key for itself', async () => {
  const uses = new SecretKeyUses(env.DB)
  const other = hashSecret(await addSecretKey(projectId))
  const known = await facts()
  await uses.note(known, hash, NOW)
  expect(await written()).toBe(NOW)
  expect(uses.note(known, hash, NOW + FIVE_MINUTES - 1)).toBeNull()
  expect(uses.note(known, other, NOW + 1)).not.toBeNull()
  await uses.note(known, hash, NOW + FIVE_MINUTES)
  expect(await written()).toBe(NOW + FIVE_MINUTES)
})

it('is not sooner after the object has died, and never back in time', async () => {
  await new SecretKeyUses(env.DB).note(await facts(), hash, NOW)
  const stale = await facts()
  expect(new SecretKeyUses(env.DB).note(stale, hash, NOW + FIVE_MINUTES - 1)).toBeNull()
  await new SecretKeyUses(env.DB).note(stale, hash, NOW + 2 * FIVE_MINUTES)
  // Of a life that is ending, whose write comes late.
  await new SecretKeyUses(env.DB).note(stale, hash, NOW + FIVE_MINUTES)
  expect(await written()).toBe(NOW + 2 * FIVE_MINUTES)
})

it('fails without a word to who uses the key, and is not tried at each request', async () => {
  const uses = new SecretKeyUses(env.DB)
  const known = await facts()
  const { met } = await withFailingD1('throws', async () => {
    await uses.note(known, hash, NOW)
    await uses.note(known, hash, NOW + 1)
  })
  expect(met).toBe(1)
  expect(await written()).toBeNull()
})
