import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { heartbeatPath, JWKS_PATH, newBootId, SIGNATURE_HEADER, USAGE_PATH } from '@radist-tech/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { send, TestHost } from '../testing/host-fixture.ts'
import { newProject, request } from '../testing/project-fixture.ts'
import { usageRecord } from '../testing/usage-fixture.ts'

afterEach(() => {
  vi.useRealTimers()
})

async function expectCode(response: Response, status: number, code: string): Promise<void> {
  expect(await response.json()).toMatchObject({ code })
  expect(response.status).toBe(status)
}

describe('the key set', () => {
  it('has public parts only', async () => {
    const response = await request(JWKS_PATH)
    expect(response.headers.get('cache-control')).toContain('max-age=')
    const { keys } = await response.json<{ keys: Record<string, string>[] }>()
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: 'test' })
    expect(keys[0]).not.toHaveProperty('d')
  })
})

describe('enrolment', () => {
  it('wants the fleet secret and the key that the body brings', async () => {
    const host = await TestHost.make()
    await expectCode(await host.enrol('not-the-fleet-secret'), 401, 'invalid_fleet_secret')
    await expectCode(await host.enrol('x'.repeat(37)), 401, 'invalid_fleet_secret')
    const other = await TestHost.make()
    await expectCode(await host.enrol(undefined, other.enrolBody), 401, 'invalid_signature')
    await expectCode(
      await host.enrol(undefined, { ...host.enrolBody, region: 'other' }),
      401,
      'invalid_signature',
    )
    await expectCode(await host.enrol(undefined, { ...host.enrolBody, workers: 0 }), 400, 'invalid_body')
    const enrolled = await host.enrol()
    expect(await enrolled.json()).toEqual({ hostId: host.hostId })
  })

  it('is asked for again by hosts that are not known, or have restarted', async () => {
    const host = await TestHost.make()
    await expectCode(await host.heartbeat(), 404, 'host_not_found')
    await host.enrol()
    expect((await host.heartbeat()).status).toBe(200)
    await expectCode(await host.heartbeat({ bootId: newBootId() }), 404, 'host_not_found')
  })
})

describe('signed requests', () => {
  it('are taken once, also after the object that remembers them was evicted', async () => {
    const host = await TestHost.enrolled('replays')
    const heartbeat = await host.sign(heartbeatPath(host.hostId), {
      bootId: host.enrolBody.bootId,
      rooms: 0,
      participants: 0,
      consumers: 0,
      workerCpu: 0,
      state: 'ready',
    })
    expect((await send(heartbeat)).status).toBe(200)
    await expectCode(await send(heartbeat), 401, 'replayed_request')
    const { projectId } = await newProject()
    const usage = await host.sign(USAGE_PATH, { records: [usageRecord(projectId)] })
    expect((await send(usage)).status).toBe(200)
    await evictDurableObject(env.FLEET.getByName('replays'))
    await expectCode(await send(usage), 401, 'replayed_request')
  })

  it('are bound to key, path, body and time', async () => {
    const host = await TestHost.enrolled()
    const other = await TestHost.enrolled()
    const path = heartbeatPath(host.hostId)
    const body = {
      bootId: host.enrolBody.bootId,
      rooms: 0,
      participants: 0,
      consumers: 0,
      workerCpu: 0,
      state: 'ready',
    }
    const signed = await host.sign(path, body)
    const invalid = (response: Response) => expectCode(response, 401, 'invalid_signature')
    await invalid(await send({ ...signed, body: signed.body.replace('"rooms":0', '"rooms":9') }))
    await invalid(await send({ ...signed, path: heartbeatPath(other.hostId) }))
    await invalid(await send({ ...signed, path: `${path}?x=1` }))
    await invalid(await send({ ...signed, headers: {} }))
    await invalid(await send({ ...signed, headers: { [SIGNATURE_HEADER]: 'nonsense' } }))
    await invalid(await send(await other.sign(path, body)))
    await invalid(await send(await host.sign(path, body, new Date(Date.now() - 120_000))))
    await invalid(await send(await host.sign(path, body, new Date(Date.now() + 120_000))))
    expect((await send(signed)).status).toBe(200)
  })

  it('are read no further than their bound', async () => {
    const host = await TestHost.enrolled()
    const signed = await host.sign(USAGE_PATH, { padding: 'x'.repeat(262_144) })
    await expectCode(await send(signed), 413, 'body_too_large')
    await expectCode(await send(await host.sign(USAGE_PATH, { records: [] })), 400, 'invalid_body')
  })
})

describe('the memory of the fleet', () => {
  it('holds hosts for live after an eviction that forgot their last reports, and for lost after their silence', async () => {
    const host = await TestHost.enrolled('memory')
    const fleet = env.FLEET.getByName('memory')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 })
    expect(await fleet.hostState(host.hostId, host.enrolBody.bootId)).toBe('lost')
    expect((await host.heartbeat()).status).toBe(200)
    vi.setSystemTime(Date.now() + 5000)
    await evictDurableObject(fleet)
    expect(await fleet.hostState(host.hostId, host.enrolBody.bootId)).toBe('live')
    vi.setSystemTime(Date.now() + 60_000)
    await evictDurableObject(fleet)
    expect(await fleet.hostState(host.hostId, host.enrolBody.bootId)).toBe('lost')
  })
})
