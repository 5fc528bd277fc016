/** The state of a meeting in one word, made of the states of its signaling and its media. */
import type { ConnectionState } from '@radist-tech/client'

export type MeetingStatus = 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'disconnected' | 'ended'

/** In a call the media has a path of its own; its state counts once there is somebody at the other end. */
export function callStatus(
  signaling: ConnectionState,
  media: RTCPeerConnectionState,
  someoneThere: boolean,
): MeetingStatus {
  const status = roomStatus(signaling, someoneThere)
  if (status !== 'connected') return status
  switch (media) {
    case 'new':
    case 'connecting':
    case 'closed':
      return 'connecting'
    case 'connected':
      return 'connected'
    case 'disconnected':
    case 'failed':
      return 'reconnecting'
    default:
      return media satisfies never
  }
}

export function roomStatus(signaling: ConnectionState, someoneThere: boolean): MeetingStatus {
  switch (signaling) {
    case 'connected':
      return someoneThere ? 'connected' : 'waiting'
    case 'connecting':
    case 'reconnecting':
    case 'disconnected':
      return signaling
    case 'closed':
      return 'ended'
    default:
      return signaling satisfies never
  }
}

export const statusWords: Readonly<Record<MeetingStatus, string>> = {
  connecting: 'Connecting',
  waiting: 'Waiting for others',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  disconnected: 'Disconnected',
  ended: 'Ended',
}
