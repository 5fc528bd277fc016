import { Mic, MicOff, Video, VideoOff } from 'lucide-react'
import { Avatar } from '../meeting/Avatar.tsx'
import { RoundToggle } from '../meeting/RoundToggle.tsx'
import { StreamVideo } from '../meeting/StreamVideo.tsx'
import type { Preview } from './use-preview.ts'

/** How one will be seen, with the switches for microphone and camera. */
export function PreviewCard(props: {
  preview: Preview
  name: string
  microphone: boolean
  camera: boolean
  onMicrophone: (on: boolean) => void
  onCamera: (on: boolean) => void
}) {
  const { preview } = props
  const ready = preview.state === 'ready'
  const showsPicture = ready && preview.hasCamera && props.camera
  return (
    <div className="relative isolate aspect-[4/3] overflow-hidden rounded-3xl bg-stage text-white shadow-card sm:aspect-video">
      {ready && (
        <StreamVideo stream={preview.stream} muted mirrored hidden={!showsPicture} testId="preview-video" />
      )}
      {!showsPicture && (
        <div className="absolute inset-0 grid place-items-center p-6 pb-24 text-center">
          {ready ? (
            <Avatar name={props.name} />
          ) : (
            <p className="max-w-sm text-balance leading-relaxed">{hint(preview)}</p>
          )}
        </div>
      )}
      <div className="absolute inset-x-0 bottom-0 flex justify-center gap-3 bg-gradient-to-t from-black/60 to-transparent p-5 pt-12">
        <RoundToggle
          testId="preview-microphone"
          on={props.microphone}
          disabled={!ready || !preview.hasMicrophone}
          iconOn={Mic}
          iconOff={MicOff}
          labelOn="Start with the microphone off"
          labelOff="Start with the microphone on"
          onToggle={props.onMicrophone}
        />
        <RoundToggle
          testId="preview-camera"
          on={props.camera}
          disabled={!ready || !preview.hasCamera}
          iconOn={Video}
          iconOff={VideoOff}
          labelOn="Start with the camera off"
          labelOff="Start with the camera on"
          onToggle={props.onCamera}
        />
      </div>
    </div>
  )
}

function hint(preview: Exclude<Preview, { state: 'ready' }>): string {
  switch (preview.state) {
    case 'asking':
      return 'Allow the browser to use your camera and microphone.'
    case 'refused':
      return 'The browser may not use your camera and microphone. Click the camera symbol in the address bar to allow both, then reload this page.'
    case 'unavailable':
      return 'No camera or microphone can be used here. You can still join, see the others and write messages.'
    default:
      return preview satisfies never
  }
}
