/** The microphone and camera of this browser. */
import { errorOfMediaFailure, RadistError } from './errors.ts'

/** What a connection carries. */
export type Channel = 'audio' | 'video' | 'data'

const ALL_CHANNELS: readonly string[] = ['audio', 'video', 'data'] satisfies Channel[]

/** Checks what an untyped caller may get wrong, and removes repetitions. */
export function channelSet(channels: Iterable<Channel>): ReadonlySet<Channel> {
  const set = new Set(channels)
  if (set.size === 0) throw new RadistError('invalid_argument', { detail: 'channels must not be empty.' })
  for (const channel of set) {
    if (!ALL_CHANNELS.includes(channel)) {
      throw new RadistError('invalid_argument', {
        detail: `channels has an unknown one: ${String(channel)}.`,
      })
    }
  }
  return set
}

/** What to ask of the devices beyond "some microphone" and "some camera". */
export interface CaptureConstraints {
  audio?: MediaTrackConstraints
  video?: MediaTrackConstraints
}

const DEFAULT_VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
}
const DEFAULT_AUDIO: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
}

/**
 * Asks for the microphone and camera that `channels` names. Answers null when it names neither.
 *
 * @throws RadistError `media_…` when they cannot be had, `unsupported_browser` where pages have no
 *   access to devices at all (such as over plain HTTP from another machine)
 */
export async function captureLocalStream(
  channels: ReadonlySet<Channel>,
  constraints: CaptureConstraints,
): Promise<MediaStream | null> {
  const audio = channels.has('audio')
  const video = channels.has('video')
  if (!audio && !video) return null
  const devices = globalThis.navigator?.mediaDevices
  if (!devices) {
    throw new RadistError('unsupported_browser', { detail: 'The page needs HTTPS or localhost.' })
  }
  try {
    return await devices.getUserMedia({
      audio: audio && { ...DEFAULT_AUDIO, ...constraints.audio },
      video: video && { ...DEFAULT_VIDEO, ...constraints.video },
    })
  } catch (error) {
    throw errorOfMediaFailure(error)
  }
}

/** Asks the user for a screen, a window or a tab. @throws RadistError as {@link captureLocalStream} */
export async function captureScreen(options: DisplayMediaStreamOptions): Promise<MediaStream> {
  const devices = globalThis.navigator?.mediaDevices
  if (!devices?.getDisplayMedia) {
    throw new RadistError('unsupported_browser', { detail: 'Screens cannot be shared from here.' })
  }
  try {
    return await devices.getDisplayMedia(options)
  } catch (error) {
    throw errorOfMediaFailure(error)
  }
}

export function stopStream(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}
