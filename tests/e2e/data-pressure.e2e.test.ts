/** More data than the network takes: what `send` of the SDK says and does about it, in Chromium and through a host. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type AssignedRoom, PUBLIC_KEY } from '../../apps/sfu/src/testing/control-plane-stub.ts'
import { startStack, type TestStack } from '../../apps/sfu/src/testing/test-host.ts'
import { launchBrowser } from './participant.ts'
import { RoomPage, serveRoomPage } from './room-page/room-page.ts'

/** Of each message; 32 of them are a little less than the 8 MiB that may wait. */
const MESSAGE_BYTES = 262_000
const FIT = 32

let browser: Browser
let host: TestStack
let page: Awaited<ReturnType<typeof serveRoomPage>>

beforeAll(async () => {
  host = await startStack({
    RADIST_SFU_WORKERS: '1',
    // All that waits in the page may come at once, and none of it is lost to who reads on a slow machine.
    RADIST_SFU_DATA_BYTES_PER_SECOND: '67108864',
    RADIST_SFU_MAX_DATA_WAITING_BYTES: '67108864',
  })
  page = await serveRoomPage()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  page?.server.close()
  await host?.close()
})

async function enter(room: AssignedRoom): Promise<RoomPage> {
  const participant = await RoomPage.open(browser, page.url)
  onTestFinished(() => participant.close())
  const roomToken = await host.controlPlane.roomToken(room, {
    permissions: { publish: false, subscribe: true, data: true },
  })
  await participant.join({ publicKey: PUBLIC_KEY, roomToken, video: {} })
  await participant.dataChannelOpen()
  return participant
}

it('refuses what is above 8 MiB, goes on when it has drained, and loses nothing that it took', async () => {
  const room = await host.controlPlane.assign()
  const [ann, bob] = [await enter(room), await enter(room)]

  const filled = await ann.sendUntilFull(MESSAGE_BYTES)
  expect(filled).toMatchObject({ taken: FIT, error: 'data_channel_full' })
  expect(filled.buffered).toBeGreaterThanOrEqual(FIT * MESSAGE_BYTES)
  expect(filled.buffered).toBeLessThanOrEqual(8_388_608)

  expect(await ann.sent()).toEqual(Array(FIT).fill('sent'))
  expect(await ann.bufferedAmount()).toBeLessThanOrEqual(65_536)
  expect(await ann.sendUntilFull(MESSAGE_BYTES)).toMatchObject({ taken: FIT, error: 'data_channel_full' })

  const all = Array.from({ length: 2 * FIT }, (_, number) => ({ number, bytes: MESSAGE_BYTES }))
  await expect.poll(() => bob.numbersReceived(), { timeout: 60_000 }).toHaveLength(all.length)
  expect(await bob.numbersReceived()).toEqual(all)
  const told = [...(await ann.events()), ...(await bob.events())]
  expect(told.filter((event) => event.startsWith('messages'))).toEqual([])
})

it('says of what still waits when the channel ends that it is not sent', async () => {
  const ann = await enter(await host.controlPlane.assign())
  expect(await ann.sendUntilFull(MESSAGE_BYTES)).toMatchObject({ taken: FIT })
  await ann.leave()
  expect(await ann.sent()).toEqual(Array(FIT).fill('data_channel_not_open'))
  expect(await ann.sendUntilFull(MESSAGE_BYTES)).toMatchObject({ taken: 0, error: 'data_channel_not_open' })
})
