/** libwebrtc in a process of its own: that it dies is told, and costs nobody else anything. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { MediaDevice } from './media-device.ts'
import { textFrame } from './received-data.ts'
import { startStack, type TestStack } from './test-host.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

it('a page that dies fails whatever waits for it, and its participant opens another', async () => {
  const room = await stack.controlPlane.assign()
  const open = async () => {
    const participant = await stack.join(room)
    const { routerRtpCapabilities } = await participant.notified('joined')
    const media = await MediaDevice.of(participant, routerRtpCapabilities)
    onTestFinished(() => media.close())
    return { participant, routerRtpCapabilities, media }
  }
  const [ann, bob] = [await open(), await open()]
  const camera = await ann.media.publishVideo()
  const consumer = await bob.media.consume({ producerId: camera.id })
  await consumer.decoded(1)
  const received = await bob.media.receivingData('reliable')

  const waiting = [consumer.decoded(1_000_000), received.next()].map((wait) => wait.catch(String))
  process.kill(bob.media.pid, 'SIGSEGV')
  const [decoding, receiving] = await Promise.all(waiting)
  expect(decoding).toContain('SIGSEGV')
  expect(receiving).toContain('Abort')
  await expect(bob.media.publishAudio()).rejects.toThrow('SIGSEGV')

  const again = await MediaDevice.of(bob.participant, bob.routerRtpCapabilities)
  onTestFinished(() => again.close())
  const anew = await again.receivingData('reliable')
  const sender = await ann.media.sendingData('reliable')
  sender.send(textFrame('hello'))
  expect(await anew.next()).toMatchObject({ type: 'message' })
  await (await again.consume({ producerId: camera.id })).decoded(3)
})
