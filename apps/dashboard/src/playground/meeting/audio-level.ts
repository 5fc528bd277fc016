/** Who speaks in a call, by the audio levels in WebRTC statistics (W3C webrtc-stats, `audioLevel`: 0 to 1). */

const SPEAKING_LEVEL = 0.02

export interface Speaking {
  self: boolean
  other: boolean
}

const levelOf = (stats: object): number => {
  const level: unknown = Reflect.get(stats, 'audioLevel')
  return typeof level === 'number' ? level : 0
}

export function speakingOf(report: RTCStatsReport): Speaking {
  const speaking = { self: false, other: false }
  report.forEach((stats: RTCStats) => {
    if (levelOf(stats) < SPEAKING_LEVEL) return
    if (stats.type === 'media-source') speaking.self = true
    if (stats.type === 'inbound-rtp') speaking.other = true
  })
  return speaking
}
