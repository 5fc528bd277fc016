/** Janus' VideoRoom at the same work as our host: one who publishes a video, and those who receive it. */
import { JANUS_ROOM, Janus, type VideoRoomHandle } from './janus.ts'
import { RtpPeer } from './rtp-peer.ts'
import type { SfuSide } from './sfu-sides.ts'

export async function startJanus(program: string): Promise<SfuSide> {
  const janus = await Janus.start(program)
  let feed: number | undefined
  return {
    name: 'Janus',
    workers: [janus.pid],
    async publisher() {
      const published = await publishTo(janus)
      feed = published.feed
      return published.peer
    },
    async receiver() {
      const handle = await janus.attach()
      const { sdp: offer } = await handle.ask({
        request: 'join',
        ptype: 'subscriber',
        room: JANUS_ROOM,
        streams: [{ feed }],
      })
      return RtpPeer.answering(offer ?? '', (sdp) =>
        handle.ask({ request: 'start' }, { type: 'answer', sdp }),
      )
    },
    close: () => janus.stop(),
  }
}

interface Published {
  handle: VideoRoomHandle
  /** By which others ask for it. */
  feed: number
  peer: RtpPeer
}

export async function publishTo(janus: Janus): Promise<Published> {
  const handle = await janus.attach()
  const { id } = await handle.ask({ request: 'join', ptype: 'publisher', room: JANUS_ROOM })
  if (id === undefined) throw new Error('Janus has given a publisher no id')
  const peer = await RtpPeer.offering(async (sdp) => {
    const answer = await handle.ask({ request: 'publish' }, { type: 'offer', sdp })
    return answer.sdp ?? ''
  })
  // Nobody may subscribe before.
  await handle.up
  return { handle, feed: id, peer }
}
