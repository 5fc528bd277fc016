import type { RoomAnswer, TrackSource } from '@radist-tech/protocol'
import { Camera, type LucideIcon, Mic, MonitorSpeaker, MonitorUp } from 'lucide-react'

export type Track = NonNullable<RoomAnswer['participants'][number]['tracks']>[number]

const sources: Record<TrackSource, { name: string; icon: LucideIcon }> = {
  microphone: { name: 'Microphone', icon: Mic },
  camera: { name: 'Camera', icon: Camera },
  screen: { name: 'Screen', icon: MonitorUp },
  'screen-audio': { name: 'Screen sound', icon: MonitorSpeaker },
}

/** What a participant sends. Each is a switch for whoever may mute it; `tracks` is null when they are not known. */
export function TrackList(props: {
  tracks: readonly Track[] | null
  onMute: ((track: Track) => void) | null
}) {
  const { tracks, onMute } = props
  if (tracks === null) return <span className="text-muted">Not known</span>
  if (tracks.length === 0) return <span className="text-muted">None</span>
  return (
    <ul className="flex gap-1.5">
      {tracks.map((track) => {
        const { name, icon: Icon } = sources[track.source]
        const look = track.muted ? 'bg-raised text-muted' : 'bg-accent-soft text-accent'
        const inside = (
          <>
            <Icon aria-hidden className="size-4" />
            {track.muted && (
              <span aria-hidden className="absolute inset-x-1.5 top-1/2 h-0.5 -rotate-45 rounded bg-danger" />
            )}
          </>
        )
        const shape = `relative grid size-8 place-items-center rounded-lg ${look}`
        return (
          <li key={track.producerId} data-source={track.source} data-muted={track.muted}>
            {onMute ? (
              <button
                type="button"
                aria-pressed={track.muted}
                aria-label={`Mute ${name.toLowerCase()}`}
                title={`${name}: ${track.muted ? 'muted, press to unmute' : 'press to mute'}`}
                onClick={() => onMute(track)}
                className={`${shape} hover:ring-2 hover:ring-field`}
              >
                {inside}
              </button>
            ) : (
              <span
                role="img"
                aria-label={`${name}${track.muted ? ', muted' : ''}`}
                title={name}
                className={shape}
              >
                {inside}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}
