/** The camera and microphone before joining: what there is, and how one looks. */
import { useEffect, useState } from 'react'

export type Preview =
  | { state: 'asking' }
  | { state: 'ready'; stream: MediaStream; hasMicrophone: boolean; hasCamera: boolean }
  | { state: 'refused' }
  | { state: 'unavailable' }

const isRefusal = (error: unknown) => error instanceof Error && error.name === 'NotAllowedError'

/** Both devices, or the one of them that can be had. */
async function capture(video: MediaTrackConstraints): Promise<MediaStream> {
  const devices = navigator.mediaDevices
  try {
    return await devices.getUserMedia({ audio: true, video })
  } catch (error) {
    if (isRefusal(error)) throw error
    return await devices.getUserMedia({ audio: true }).catch(() => devices.getUserMedia({ video }))
  }
}

/** Runs while `active`; the devices are released when it ends, so that joining finds them free. */
export function usePreview(active: boolean, video: MediaTrackConstraints): Preview {
  const [preview, setPreview] = useState<Preview>({ state: 'asking' })
  useEffect(() => {
    if (!active) return
    if (!navigator.mediaDevices) {
      setPreview({ state: 'unavailable' })
      return
    }
    let ended = false
    let stream: MediaStream | null = null
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    capture(video).then(
      (captured) => {
        stream = captured
        if (ended) {
          stop()
          return
        }
        setPreview({
          state: 'ready',
          stream,
          hasMicrophone: stream.getAudioTracks().length > 0,
          hasCamera: stream.getVideoTracks().length > 0,
        })
      },
      (error: unknown) => {
        if (!ended) setPreview({ state: isRefusal(error) ? 'refused' : 'unavailable' })
      },
    )
    return () => {
      ended = true
      stop()
    }
  }, [active, video])
  return preview
}
