import { useEffect, useRef } from 'react'

/** Plays a stream, picture and sound; hidden, the sound goes on. */
export function StreamVideo(props: {
  stream: MediaStream
  testId: string
  muted?: boolean
  mirrored?: boolean
  hidden?: boolean
  label?: string
  /** Told of the element while it is shown; answers with what to do when it is not any more. */
  onShown?: ((video: HTMLVideoElement) => () => void) | undefined
}) {
  const video = useRef<HTMLVideoElement>(null)
  const { stream, onShown } = props
  useEffect(() => {
    if (video.current) video.current.srcObject = stream
  }, [stream])
  useEffect(() => (video.current ? onShown?.(video.current) : undefined), [onShown])
  return (
    <video
      ref={video}
      data-testid={props.testId}
      aria-label={props.label}
      autoPlay
      playsInline
      muted={props.muted ?? false}
      className={`absolute inset-0 size-full object-cover ${props.mirrored ? '-scale-x-100' : ''} ${
        props.hidden ? 'opacity-0' : ''
      }`}
    />
  )
}
