import { EventEmitter } from 'node:events'
import type { types } from 'mediasoup'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PathSampler } from '../media/path-sampler.ts'
import { HostMetrics } from './host-metrics.ts'
import { MediaCensus } from './media-census.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A transport of a participant, as far as it is asked here. */
function transportThat(getStats: () => Promise<unknown>) {
  const transport = { type: 'webrtc', dtlsState: 'connected', observer: new EventEmitter(), getStats }
  return transport as unknown as types.WebRtcTransport
}
const neverAnswers = () => transportThat(() => new Promise(() => undefined))

it('a worker that answers no more does not keep the others from being asked', async () => {
  const census = new MediaCensus(new HostMetrics())
  const [worker, router] = [{ observer: new EventEmitter() }, { observer: new EventEmitter() }]
  census.watch(worker as unknown as types.Worker)
  worker.observer.emit('newrouter', router)
  const answers = vi.fn(async () => [])
  for (const transport of [neverAnswers(), transportThat(answers)])
    router.observer.emit('newtransport', transport)
  await vi.advanceTimersByTimeAsync(25_000)
  expect(answers.mock.calls.length).toBeGreaterThan(1)
  census.close()
})

it('a path over a worker that answers no more has no sample', async () => {
  const path = new PathSampler({
    transports: () => [neverAnswers()],
    consumers: () => [],
    producers: () => [],
  })
  const sampled = expect(path.sample()).rejects.toMatchObject({ code: 'rejected-by-media' })
  await vi.advanceTimersByTimeAsync(10_000)
  await sampled
})
