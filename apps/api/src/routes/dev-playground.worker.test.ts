import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../app.ts'
import { inProduction } from '../testing/production-env.ts'
import { newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall } from '../testing/test-peer.ts'

const PATH = '/api/dev/playground'

let demo: TestProject
beforeAll(async () => {
  const projectId = env.RADIST_DEMO_PROJECT_ID
  if (projectId === undefined) throw new Error('RADIST_DEMO_PROJECT_ID is not set')
  demo = await newProject({ projectId })
})

describe('the playground’s backend', () => {
  it('names the demo project, and makes calls for it', async () => {
    const answer = await request(PATH)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({ publicKey: demo.publicKey, projectId: demo.projectId })
    const created = await request(`${PATH}/calls`, {
      method: 'POST',
      headers: { origin: 'https://radist.test' },
    })
    const { callId, callToken } = await created.json<{ callId: string; callToken: string }>()
    const peer = await joinCall(demo.publicKey, callToken)
    expect(peer.connected.call).toMatchObject({ callId, accessControl: 'public' })
  })

  it('is not there for pages of other origins', async () => {
    const answer = await request(`${PATH}/calls`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(404)
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('answers 404 to rooms that are none, and 400 to bodies that it does not know', async () => {
    const path = `${PATH}/rooms/${crypto.randomUUID()}/token`
    expect((await request(`${PATH}/rooms/no-uuid/token`, { method: 'POST' })).status).toBe(404)
    expect((await request(path, { method: 'POST' })).status).toBe(404)
    expect((await request(path, { method: 'POST', body: { permissions: {} } })).status).toBe(400)
  })

  it('is not there in production, nor without a demo project', async () => {
    for (const elsewhere of [inProduction, { ...env, RADIST_DEMO_PROJECT_ID: undefined }]) {
      const answer = await app.request(PATH, {}, elsewhere, createExecutionContext())
      expect(answer.status).toBe(404)
      expect(await answer.json()).toEqual({ error: 'Not found.', code: 'not_found' })
    }
  })
})
