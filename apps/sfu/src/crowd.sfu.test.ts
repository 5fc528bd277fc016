/** A room of many receivers, each with real ICE, DTLS and SRTP, over both media workers. */
import { expect, it, onTestFinished } from 'vitest'
import { openReceivers } from './testing/headless-receiver.ts'
import { MediaDevice } from './testing/media-device.ts'
import { startStack } from './testing/test-host.ts'

const RECEIVERS = 30

it('a room of many receivers is carried by both workers alike', async () => {
  const stack = await startStack({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '10' })
  onTestFinished(() => stack.close())
  const room = await stack.controlPlane.assign()
  const media = await MediaDevice.open(await stack.join(room))
  onTestFinished(() => media.close())
  const tracks = [await media.publishVideo(), await media.publishAudio()]
  const producers = tracks.map(({ id }) => ({ producerId: id }))

  const receivers = await openReceivers(RECEIVERS, () => stack.join(room), producers)
  onTestFinished(() => {
    for (const receiver of receivers) receiver.close()
  })
  const before = receivers.map(({ packets }) => packets)
  const behind = () => receivers.filter(({ packets }, i) => packets < (before[i] ?? 0) + 50).length
  await expect.poll(behind, { timeout: 10_000 }).toBe(0)
  const [first = 0, second = 0] = stack.host.workers.map(({ consumers }) => consumers)
  expect(first + second).toBe(RECEIVERS * producers.length)
  expect(Math.max(first, second) / Math.min(first, second)).toBeLessThanOrEqual(1.2)
})
