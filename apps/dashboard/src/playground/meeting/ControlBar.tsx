import type { TrackState } from '@radist-tech/client'
import { type LucideIcon, MessageSquareText, Mic, MicOff, PhoneOff, Video, VideoOff } from 'lucide-react'

/** The switches of a meeting, at its lower edge. */
export function ControlBar(props: {
  microphone: TrackState
  camera: TrackState
  chatOpen: boolean
  unread: number
  onMicrophone: (on: boolean) => void
  onCamera: (on: boolean) => void
  onChat: () => void
  onLeave: () => void
}) {
  return (
    <div
      role="toolbar"
      aria-label="Meeting controls"
      className="flex items-center justify-center gap-2.5 sm:gap-3"
    >
      <DeviceToggle
        testId="toggle-microphone"
        state={props.microphone}
        icons={[Mic, MicOff]}
        labels={['Mute microphone', 'Unmute microphone', 'No microphone']}
        shortcut="m"
        onToggle={props.onMicrophone}
      />
      <DeviceToggle
        testId="toggle-camera"
        state={props.camera}
        icons={[Video, VideoOff]}
        labels={['Switch camera off', 'Switch camera on', 'No camera']}
        shortcut="v"
        onToggle={props.onCamera}
      />
      <button
        type="button"
        data-testid="toggle-chat"
        aria-label={props.chatOpen ? 'Hide messages' : 'Show messages'}
        aria-expanded={props.chatOpen}
        title="Messages"
        onClick={props.onChat}
        className={`relative grid size-12 place-items-center rounded-full transition-colors ${
          props.chatOpen ? 'bg-accent-soft text-accent' : 'bg-raised hover:bg-line'
        }`}
      >
        <MessageSquareText aria-hidden className="size-5" />
        {props.unread > 0 && (
          <span className="absolute -top-1 -right-1 grid min-h-5 min-w-5 place-items-center rounded-full bg-accent px-1 font-semibold text-on-accent text-xs">
            {props.unread}
            <span className="sr-only"> unread</span>
          </span>
        )}
      </button>
      <button
        type="button"
        data-testid="leave"
        onClick={props.onLeave}
        className="inline-flex h-12 items-center gap-2 rounded-full bg-danger px-5 font-medium text-on-danger transition-colors hover:bg-danger-strong sm:px-6"
      >
        <PhoneOff aria-hidden className="size-5" />
        Leave
      </button>
    </div>
  )
}

function DeviceToggle(props: {
  testId: string
  state: TrackState
  icons: [on: LucideIcon, off: LucideIcon]
  labels: [live: string, muted: string, absent: string]
  shortcut: string
  onToggle: (on: boolean) => void
}) {
  const live = props.state === 'live'
  const Icon = props.icons[live ? 0 : 1]
  const label = props.labels[live ? 0 : props.state === 'muted' ? 1 : 2]
  return (
    <button
      type="button"
      data-testid={props.testId}
      data-on={live}
      aria-label={label}
      aria-keyshortcuts={props.shortcut}
      title={`${label} (${props.shortcut.toUpperCase()})`}
      disabled={props.state === 'absent'}
      onClick={() => props.onToggle(!live)}
      className={`grid size-12 place-items-center rounded-full transition-colors disabled:cursor-not-allowed disabled:opacity-50 ${
        live ? 'bg-raised hover:bg-line' : 'bg-danger-soft text-danger hover:brightness-95'
      }`}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  )
}
