import { participantIdSchema } from '@radist-tech/protocol/ids'
import type { ParticipantInfo } from '@radist-tech/protocol/room-signaling'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RadistError } from '../errors.ts'
import { LocalTrack } from './local-track.ts'
import { MediaUpkeep, type MediaUpkeepOptions } from './media-upkeep.ts'
import { RoomMedia } from './room-media.ts'
import { RoomRequestError } from './room-signaling.ts'
import type { ViewportSize } from './viewports.ts'

/** The media of one try: what it was asked for, and the host's transports that it uses. */
class FakeMedia {
  readonly calls: string[] = []
  readonly transports = {
    areAmong: (ids: readonly string[]) => ids.includes(this.transportId),
    receiving: async () => undefined,
    restartIce: async ({ onlyBroken }: { onlyBroken: boolean }) => {
      this.calls.push(onlyBroken ? 'mend paths' : 'new paths')
      await host.answer()
    },
    close: () => undefined,
  }
  readonly transportId: string
  readonly data = { open: false }
  readonly #published = new Set<LocalTrack>()
  readonly #consumed = new Set<string>()
  closed = false

  constructor(transportId: string) {
    this.transportId = transportId
  }

  isPublishing(local: LocalTrack): boolean {
    return this.#published.has(local)
  }

  consumes(producerId: string): boolean {
    return this.#consumed.has(producerId)
  }

  async publish(local: LocalTrack): Promise<void> {
    await host.answer()
    this.#published.add(local)
    this.calls.push(`publish ${local.source}${local.muted ? ' muted' : ''}`)
  }

  async unpublish(local: LocalTrack): Promise<void> {
    this.#published.delete(local)
    this.calls.push(`unpublish ${local.source}`)
  }

  async consume(
    _: string,
    { producerId }: { producerId: string },
    viewport: () => ViewportSize | null,
  ): Promise<object> {
    await host.answer()
    if (host.undecodable === producerId)
      throw new RoomRequestError('consume', 'unsupported-codec', 'No codec of it.')
    this.#consumed.add(producerId)
    const size = viewport()
    this.calls.push(`consume ${producerId}${size ? ` at ${size.width} by ${size.height}` : ''}`)
    return {}
  }

  async setViewport(producerId: string, { width, height }: ViewportSize): Promise<void> {
    this.calls.push(`show ${producerId} at ${width} by ${height}`)
  }

  async tellMuted(): Promise<void> {}

  async endUnpublished(): Promise<void> {}

  close(): void {
    this.closed = true
  }
}

/** What the host says to the next requests. */
const host = { failures: 0, undecodable: '', answer: async (): Promise<void> => undefined }
const tries: FakeMedia[] = []
let pathFailed: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers()
  tries.length = 0
  host.failures = 0
  host.undecodable = ''
  host.answer = async () => {
    if (host.failures === 0) return
    host.failures -= 1
    throw new RoomRequestError('produce', 'rejected-by-media', 'No media worker runs.')
  }
  vi.spyOn(RoomMedia, 'load').mockImplementation(
    async (_signaling, _capabilities, _configuration, events) => {
      pathFailed = events.pathFailed
      const media = new FakeMedia(`transport ${tries.length}`)
      tries.push(media)
      return media as unknown as RoomMedia
    },
  )
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const other: ParticipantInfo = {
  participantId: participantIdSchema.parse(`part_${'b'.repeat(22)}`),
  connected: true,
  producers: [{ producerId: 'theirs', kind: 'video', source: 'camera', paused: false }],
}
const track = {} as MediaStreamTrack

async function start() {
  const events = { errors: [] as RadistError[], resets: 0, tracks: 0 }
  const microphone = new LocalTrack(track, 'microphone')
  const localTracks = new Set([microphone, new LocalTrack(track, 'camera')])
  const signaling = { state: 'connected' } as MediaUpkeepOptions['signaling']
  const upkeep = new MediaUpkeep(
    {
      signaling,
      localTracks,
      channels: new Set(['audio', 'video']),
      rtcConfiguration: {},
      roster: () => new Map([[other.participantId, other]]),
      random: () => 0,
    },
    {
      message: () => undefined,
      lost: () => undefined,
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
  return { upkeep, events, microphone, localTracks }
}

const all = ['publish microphone', 'publish camera', 'consume theirs']

describe('media that the host has lost', () => {
  it('is made anew: published as muted as it was, and received again', async () => {
    const { upkeep, events, microphone } = await start()
    expect(tries.map(({ calls }) => calls)).toEqual([all])
    microphone.setMuted(true)
    upkeep.tellMuted(microphone)
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
    expect(tries[0]?.calls).toEqual([...all, 'mend paths'])
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

describe('paths that have failed', () => {
  it('are mended once when both transports say so, and again when they fail later', async () => {
    const { upkeep } = await start()
    const answered = Promise.withResolvers<void>()
    host.answer = () => answered.promise
    pathFailed()
    pathFailed()
    await vi.advanceTimersByTimeAsync(0)
    pathFailed()
    answered.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[0]?.calls.slice(all.length)).toEqual(['mend paths'])
    pathFailed()
    upkeep.restartIce()
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[0]?.calls.slice(all.length)).toEqual(['mend paths', 'mend paths', 'new paths'])
  })
})

describe('what the page wants of its media', () => {
  it('is published beside the rest, again when the host has lost it, and not after it was ended', async () => {
    const { upkeep, localTracks } = await start()
    const screen = new LocalTrack(track, 'screen')
    const second = new LocalTrack(track, 'camera')
    for (const local of [screen, second]) {
      localTracks.add(local)
      await upkeep.publish(local)
    }
    localTracks.delete(second)
    await upkeep.unpublish(second)
    expect(tries[0]?.calls.slice(all.length)).toEqual([
      'publish screen',
      'publish camera',
      'unpublish camera',
    ])
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[1]?.calls).toEqual([
      'publish microphone',
      'publish camera',
      'publish screen',
      'consume theirs',
    ])
  })

  it('tells why a track is refused', async () => {
    const { upkeep, localTracks } = await start()
    const screen = new LocalTrack(track, 'screen')
    localTracks.add(screen)
    host.failures = 1
    await expect(upkeep.publish(screen)).rejects.toMatchObject({ code: 'request_refused' })
  })

  it('shows videos at the largest size of all places, those that come later too', async () => {
    const { upkeep } = await start()
    const [tile, stage] = [{}, {}]
    upkeep.setViewport(other.participantId, tile, { width: 160.5, height: 90 })
    upkeep.setViewport('theirs', stage, { width: 640, height: 360 })
    upkeep.setViewport('theirs', stage, null)
    upkeep.setViewport(other.participantId, tile, null)
    expect(tries[0]?.calls.slice(all.length)).toEqual([
      'show theirs at 161 by 90',
      'show theirs at 640 by 360',
      'show theirs at 161 by 90',
      'show theirs at 0 by 0',
    ])
    upkeep.setViewport('theirs', stage, { width: 320, height: 180 })
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(0)
    expect(tries[1]?.calls.at(-1)).toBe('consume theirs at 320 by 180')
  })

  it('a track that cannot be decoded is told once, and is no reason to try again', async () => {
    host.undecodable = 'theirs'
    const { upkeep, events } = await start()
    upkeep.subscribe()
    upkeep.reset({})
    await vi.advanceTimersByTimeAsync(60_000)
    expect(events.errors).toMatchObject([{ code: 'request_refused', roomErrorCode: 'unsupported-codec' }])
    expect(tries).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})
