import { participantIdSchema } from '@radist-tech/protocol/ids'
import type { ParticipantInfo } from '@radist-tech/protocol/room-signaling'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RadistError } from '../errors.ts'
import { MediaUpkeep, type MediaUpkeepOptions } from './media-upkeep.ts'
import { RoomMedia } from './room-media.ts'
import { RoomRequestError } from './room-signaling.ts'

/** The media of one try: what it was asked for, and the host's transports that it uses. */
class FakeMedia {
  readonly calls: string[] = []
  readonly transports = {
    areAmong: (ids: readonly string[]) => ids.includes(this.transportId),
    receiving: async () => undefined,
    restartIce: async () => undefined,
    close: () => undefined,
  }
  readonly transportId: string
  readonly dataChannelOpen = false
  readonly isPublishingData = false
  readonly #published = new Set<string>()
  readonly #consumed = new Set<string>()
  closed = false

  constructor(transportId: string) {
    this.transportId = transportId
  }

  isPublishing(source: string): boolean {
    return this.#published.has(source)
  }

  consumes(producerId: string): boolean {
    return this.#consumed.has(producerId)
  }

  async publish(_: MediaStreamTrack, source: string, paused: boolean): Promise<void> {
    await host.answer()
    this.#published.add(source)
    this.calls.push(`publish ${source}${paused ? ' muted' : ''}`)
  }

  async consume(_: string, { producerId }: { producerId: string }): Promise<object> {
    await host.answer()
    this.#consumed.add(producerId)
    this.calls.push(`consume ${producerId}`)
    return {}
  }

  async setPaused(): Promise<void> {}

  close(): void {
    this.closed = true
  }
}

/** What the host says to the next requests. */
const host = { failures: 0, answer: async (): Promise<void> => undefined }
const tries: FakeMedia[] = []

beforeEach(() => {
  vi.useFakeTimers()
  tries.length = 0
  host.failures = 0
  host.answer = async () => {
    if (host.failures === 0) return
    host.failures -= 1
    throw new RoomRequestError('produce', 'rejected-by-media', 'No media worker runs.')
  }
  vi.spyOn(RoomMedia, 'load').mockImplementation(async () => {
    const media = new FakeMedia(`transport ${tries.length}`)
    tries.push(media)
    return media as unknown as RoomMedia
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const other: ParticipantInfo = {
  participantId: participantIdSchema.parse(`part_${'b'.repeat(22)}`),
  connected: true,
  producers: [{ producerId: 'theirs', kind: 'video', source: 'camera', paused: false }],
  dataProducers: [],
}
const track = {} as MediaStreamTrack
const localStream = {
  getAudioTracks: () => [track],
  getVideoTracks: () => [track],
} as unknown as MediaStream

async function start() {
  const events = { errors: [] as RadistError[], resets: 0, tracks: 0 }
  const signaling = { state: 'connected' } as MediaUpkeepOptions['signaling']
  const upkeep = new MediaUpkeep(
    {
      signaling,
      localStream,
      channels: new Set(['audio', 'video']),
      rtcConfiguration: {},
      roster: () => new Map([[other.participantId, other]]),
      random: () => 0,
    },
    {
      message: () => undefined,
      dataChannel: () => undefined,
      track: () => {
        events.tracks += 1
      },
      reset: () => {
        events.resets += 1
      },
      error: (error) => events.errors.push(error),
    },
  )
  const permissions = { publish: true, subscribe: true, data: true }
  await upkeep.start({ permissions, routerRtpCapabilities: {} })
  await vi.advanceTimersByTimeAsync(0)
  return { upkeep, events }
}

const all = ['publish microphone', 'publish camera', 'consume theirs']

describe('media that the host has lost', () => {
  it('is made anew: published as muted as it was, and received again', async () => {
    const { upkeep, events } = await start()
    expect(tries.map(({ calls }) => calls)).toEqual([all])
    upkeep.setMuted('microphone', true)
    upkeep.reset({})
    expect(tries[0]?.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[1]?.calls).toEqual(['publish microphone muted', 'publish camera', 'consume theirs'])
    expect(events).toEqual({ errors: [], resets: 1, tracks: 2 })
  })

  it('is found out about at a reconnection, by the transports that the host still has', async () => {
    const { upkeep, events } = await start()
    upkeep.resume(['transport 0'])
    await vi.advanceTimersByTimeAsync(0)
    expect(tries).toHaveLength(1)
    expect(tries[0]?.calls).toEqual(all)
    upkeep.resume([])
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[1]?.calls).toEqual(all)
    expect(events.resets).toBe(1)
  })

  it('is tried again with growing pauses while the host has no worker for it', async () => {
    const { upkeep, events } = await start()
    host.failures = 2
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(199)
    expect(tries[1]?.calls).toEqual([])
    await vi.advanceTimersByTimeAsync(1 + 400)
    expect(tries[1]?.calls).toEqual(all)
    expect(tries).toHaveLength(2)
    expect(events.errors).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up with an error after the last try, and with nothing when the page has left', async () => {
    const { upkeep, events } = await start()
    host.failures = Number.POSITIVE_INFINITY
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(60_000)
    expect(events.errors).toMatchObject([{ code: 'request_refused' }])
    expect(vi.getTimerCount()).toBe(0)
    upkeep.reset({})
    upkeep.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(events.errors).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lost again while it is being made begins again, and what fails of the former is nobody’s matter', async () => {
    const { upkeep, events } = await start()
    const answered = Promise.withResolvers<void>()
    host.answer = () => answered.promise
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(0)
    upkeep.reset({})
    host.answer = async () => undefined
    answered.reject(new RoomRequestError('produce', 'rejected-by-media', 'Its worker has died.'))
    await vi.advanceTimersByTimeAsync(0)
    expect(tries.map(({ closed }) => closed)).toEqual([true, true, false])
    expect(tries[2]?.calls).toEqual(all)
    expect(events.errors).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
