/** What a host tells its operators, and whom it tells. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, metricsOf, valueIn } from './testing/host-process.ts'
import { MediaDevice } from './testing/media-device.ts'
import { freePorts, startStack, type TestStack } from './testing/test-host.ts'

let stack: TestStack
let operatorPort: number
beforeAll(async () => {
  operatorPort = await freePorts(1)
  stack = await startStack({ RADIST_SFU_METRICS_PORT: String(operatorPort) })
})
afterAll(() => stack.close())
const read = () => metricsOf(stack.url)

it('metrics tell of a call: who is in, what is sent, how joins went', async () => {
  const room = await stack.controlPlane.assign()
  const [ann, bob] = [await stack.join(room), await stack.join(room)]
  const devices = [await MediaDevice.open(ann), await MediaDevice.open(bob)] as const
  await devices[0].publishVideo()
  const { producer } = await bob.notified('producerAdded')
  await (await devices[1].consume(producer)).decoded(5)
  // Each is as of its transport's last sample, and the first may have come before the media.
  const carried = ['media_bitrate', 'media_bytes_total'].flatMap((name) =>
    ['in', 'out'].map((direction) => `radist_sfu_${name}{direction="${direction}"}`),
  )
  const busy = await eventually(read, (text) => carried.every((name) => (valueIn(text, name) ?? 0) > 1000))
  expect(valueIn(busy, 'radist_sfu_packet_loss_ratio_count{direction="in"}')).toBeGreaterThan(0)
  expect(valueIn(busy, 'radist_sfu_rooms')).toBe(1)
  expect(valueIn(busy, 'radist_sfu_participants')).toBe(2)
  expect(valueIn(busy, 'radist_sfu_sockets')).toBe(2)
  expect(valueIn(busy, 'radist_sfu_transports')).toBe(4)
  expect(valueIn(busy, 'radist_sfu_media_entities{kind="video_producer"}')).toBe(1)
  expect(valueIn(busy, 'radist_sfu_media_entities{kind="video_consumer"}')).toBe(1)
  expect(valueIn(busy, 'radist_sfu_ready')).toBe(1)
  expect(valueIn(busy, 'radist_sfu_worker_up{worker="1"}')).toBe(1)
  expect(valueIn(busy, 'radist_sfu_join_duration_seconds_count{outcome="joined"}')).toBe(2)
  for (const device of devices) device.close()
  await Promise.all([ann.request('leave', {}), bob.request('leave', {})])
  const idle = await eventually(read, (text) => valueIn(text, 'radist_sfu_transports') === 0)
  expect(valueIn(idle, 'radist_sfu_transports')).toBe(0)
  expect(valueIn(idle, 'radist_sfu_media_bitrate{direction="out"}')).toBe(0)
  expect(valueIn(idle, 'radist_sfu_media_entities{kind="video_consumer"}')).toBe(0)
})

it('metrics count refusals by code, and hold no id', async () => {
  const room = await stack.controlPlane.assign()
  const ann = await stack.join(room)
  const { participantId } = await ann.notified('joined')
  await stack.connect({ roomToken: 'ct_nonsense' }).refusal()
  const text = await read()
  expect(valueIn(text, 'radist_sfu_connections_refused_total{code="invalid_room_token"}')).toBe(1)
  expect(valueIn(text, 'radist_sfu_join_duration_seconds_count{outcome="refused"}')).toBe(1)
  for (const id of [participantId, room.roomId, room.projectId]) expect(text).not.toContain(id)
  await ann.drop()
})

it('metrics are not for what came through a proxy, and have a port of their own', async () => {
  const forwarded = await fetch(`${stack.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
  expect(forwarded.status).toBe(404)
  const forOperators = await fetch(`http://127.0.0.1:${operatorPort}/metrics`)
  expect(await forOperators.text()).toContain('radist_sfu_rooms')
  const forOthers = await fetch(`http://127.0.0.1:${operatorPort}/api/v1/sfu/signaling/ws`)
  expect([forOthers.status, (await forOthers.json()).code]).toEqual([404, 'not_found'])
  const posted = await fetch(`http://127.0.0.1:${operatorPort}/metrics`, { method: 'POST' })
  expect([posted.status, (await posted.json()).code]).toEqual([405, 'method_not_allowed'])
})

it('metrics are for the bearer of the token, when there is one', async () => {
  const token = 'a-token-for-the-metrics'
  const guarded = await startStack({ RADIST_SFU_METRICS_TOKEN: token, RADIST_SFU_WORKERS: '1' })
  expect((await fetch(`${guarded.url}/metrics`)).status).toBe(404)
  const authorization = `Bearer ${token}`
  expect((await fetch(`${guarded.url}/metrics`, { headers: { authorization } })).status).toBe(200)
  await guarded.close()
})
