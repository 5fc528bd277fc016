import { peerIdSchema } from '@radist-tech/protocol/ids'
import type { PeerFrame } from '@radist-tech/protocol/p2p-signaling'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeMediaStream, FakePeerConnection } from './fake-peer-connection.ts'
import { PeerLink } from './peer-link.ts'

const from = peerIdSchema.parse(`peer_${'b'.repeat(22)}`)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('MediaStream', FakeMediaStream)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function link(polite: boolean) {
  const sent: PeerFrame[] = []
  const heard: string[] = []
  const connection = new FakePeerConnection()
  const fresh = new FakePeerConnection()
  const created = [connection, fresh]
  const peerLink = new PeerLink(
    {
      peerId: from,
      polite,
      localStream: null,
      opensDataChannel: true,
      createPeerConnection: () => {
        const next = created.shift()
        if (!next) throw new Error('more connections than expected')
        return next
      },
      send: (frame) => sent.push(frame),
    },
    {
      remoteStream: () => heard.push('remotestream'),
      message: (content) => heard.push(`${content.kind} ${JSON.stringify(content.data)}`),
      dataChannel: (open) => heard.push(open ? 'open' : 'closed'),
      mediaState: (state) => heard.push(state),
      error: (error) => heard.push(error.code),
    },
  )
  return { peerLink, connection, fresh, sent, heard, types: () => sent.map(({ type }) => type) }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('PeerLink', () => {
  it('opens the data channel under a fixed id, so that neither side waits for the other', () => {
    const { connection } = link(true)
    expect(connection.dataChannels).toEqual([{ label: 'radist-data', init: { negotiated: true, id: 0 } }])
  })

  it('offers when the browser asks for it, and settles with the answer', async () => {
    const { peerLink, connection, types } = link(true)
    connection.needNegotiation()
    await settle()
    expect(types()).toEqual(['offer'])
    peerLink.receive({ type: 'answer', sdp: 'answer', from, seq: 1 })
    await settle()
    expect(connection.signalingState).toBe('stable')
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(types()).toEqual(['offer'])
  })

  it('gives way to a colliding offer when polite, and not when impolite', async () => {
    for (const polite of [true, false]) {
      const { peerLink, connection, types, heard } = link(polite)
      connection.needNegotiation()
      await settle()
      peerLink.receive({ type: 'answer', sdp: 'answer', from, seq: 1 })
      await settle()
      connection.needNegotiation()
      await settle()
      peerLink.receive({ type: 'offer', sdp: 'offer', from, seq: 2 })
      peerLink.receive({ type: 'candidate', candidate: { candidate: 'c' }, from, seq: 3 })
      await settle()
      expect(types()).toEqual(polite ? ['offer', 'offer', 'answer'] : ['offer', 'offer'])
      expect(connection.signalingState).toBe(polite ? 'stable' : 'have-local-offer')
      expect(heard).toEqual([])
      peerLink.close()
    }
  })

  it('gives way to a colliding first offer with a fresh connection, equipped like the first', async () => {
    const { peerLink, connection, fresh, types, heard } = link(true)
    connection.needNegotiation()
    await settle()
    peerLink.receive({ type: 'offer', sdp: 'offer', from, seq: 1 })
    await settle()
    expect(types()).toEqual(['offer', 'answer'])
    expect(connection.signalingState).toBe('closed')
    expect(fresh.remoteDescriptions).toEqual(['offer offer'])
    expect(fresh.dataChannels).toEqual(connection.dataChannels)
    connection.becomes('failed')
    fresh.dataChannel.open()
    expect(heard).toEqual(['open'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(types()).toEqual(['offer', 'answer'])
  })

  it('bears the candidates of an offer that it ignored', async () => {
    const { peerLink, connection, heard } = link(false)
    connection.needNegotiation()
    await settle()
    peerLink.receive({ type: 'offer', sdp: 'offer', from, seq: 1 })
    peerLink.receive({ type: 'candidate', candidate: { candidate: 'c' }, from, seq: 2 })
    await settle()
    expect(heard).toEqual([])
  })

  it('repeats an offer that nobody answers, until somebody does', async () => {
    const { peerLink, connection, types } = link(true)
    connection.needNegotiation()
    await settle()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(types()).toEqual(['offer', 'offer', 'offer'])
    peerLink.receive({ type: 'answer', sdp: 'answer', from, seq: 1 })
    peerLink.receive({ type: 'answer', sdp: 'answer to the repeated offer', from, seq: 2 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(types()).toHaveLength(3)
    expect(connection.remoteDescriptions).toEqual(['answer answer'])
  })

  it('restarts ICE when the path fails, and after signaling came back to a broken path', async () => {
    const { peerLink, connection, heard } = link(true)
    connection.becomes('failed')
    expect(connection.iceRestarts).toHaveLength(1)
    connection.becomes('connected')
    peerLink.onSignalingRestored({ restartIce: false })
    await settle()
    expect(connection.iceRestarts).toHaveLength(1)
    connection.becomes('disconnected')
    peerLink.onSignalingRestored({ restartIce: false })
    await settle()
    expect(connection.iceRestarts).toHaveLength(2)
    expect(heard).toEqual(['failed', 'connected', 'disconnected'])
  })

  it('passes messages both ways, and refuses to send before the channel is open or beyond its size', () => {
    const { peerLink, connection, heard } = link(true)
    const channel = connection.dataChannel
    expect(() => peerLink.sendMessage('early')).toThrow(
      expect.objectContaining({ code: 'data_channel_not_open' }),
    )
    channel.open()
    peerLink.sendMessage({ a: 1 })
    expect(channel.sent).toEqual(['\u0001{"a":1}'])
    channel.receive('hello')
    expect(heard).toEqual(['open', 'text "hello"'])
    expect(() => peerLink.sendMessage('x'.repeat(101))).toThrow(
      expect.objectContaining({ code: 'message_too_large' }),
    )
  })

  it('tells of the other peer’s stream, and stops its tracks at the end', () => {
    const { peerLink, connection, heard } = link(true)
    connection.bringTrack()
    expect(heard).toEqual(['remotestream'])
    expect(peerLink.remoteStream.getTracks()).toEqual([connection.remoteTrack])
    peerLink.close()
    expect(connection.remoteTrack.readyState).toBe('ended')
  })

  it('leaves no timer and no listener behind', async () => {
    const { peerLink, connection, types, heard } = link(true)
    connection.needNegotiation()
    await settle()
    peerLink.close()
    connection.becomes('failed')
    expect(heard).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
    expect(connection.signalingState).toBe('closed')
    connection.needNegotiation()
    await settle()
    expect(types()).toEqual(['offer'])
  })
})
