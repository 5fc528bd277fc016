/** What went wrong, for people: what it is, and what to do about it. */
import { RadistError } from '@radist-tech/client'
import { ApiError } from '../api/words.ts'
import { NO_PLAYGROUND, PlaygroundApiError } from './playground-api.ts'

export interface PlainWords {
  title: string
  advice: string
  /** Whether trying the same again may help. */
  retryable: boolean
}

const used: PlainWords = {
  title: 'This invitation has been used',
  advice: 'Each lets one person in, once. Ask for another one.',
  retryable: false,
}
const expired: PlainWords = {
  title: 'This invitation is too old',
  advice: 'Ask for another one.',
  retryable: false,
}

const words: Readonly<Record<string, PlainWords>> = {
  media_permission_denied: {
    title: 'The browser may not use your camera or microphone',
    advice:
      'Click the camera symbol in the address bar, allow both, and try again. You can also join without them.',
    retryable: true,
  },
  media_device_not_found: {
    title: 'No camera or microphone was found',
    advice: 'Plug one in and try again, or join without.',
    retryable: true,
  },
  media_device_in_use: {
    title: 'Another program uses your camera or microphone',
    advice: 'Close other video programs and try again, or join without.',
    retryable: true,
  },
  media_failed: {
    title: 'Your camera or microphone could not be started',
    advice: 'Try again, choose a lower picture quality, or join without.',
    retryable: true,
  },
  unsupported_browser: {
    title: 'This browser cannot take part',
    advice: 'Use a current Chrome, Edge, Firefox or Safari, over HTTPS or on this machine itself.',
    retryable: false,
  },
  all_peers_connected: {
    title: 'This call is full',
    advice: 'A call is for two, and both are here already. Start a room if there are more of you.',
    retryable: true,
  },
  call_terminated: {
    title: 'This call has ended',
    advice: 'Everyone left it, and ended calls do not open again. Start a new one and share its link.',
    retryable: false,
  },
  call_ended: {
    title: 'The call has ended',
    advice: 'It was ended for everyone. Start a new one to go on talking.',
    retryable: false,
  },
  call_not_found: {
    title: 'There is no such call',
    advice: 'The link may be incomplete. Ask for it again, or start a new call.',
    retryable: false,
  },
  call_is_private: {
    title: 'This call is private',
    advice: 'Only the backend that created it can let you in.',
    retryable: false,
  },
  room_full: {
    title: 'The room is full',
    advice: 'Wait until somebody leaves, then try again.',
    retryable: true,
  },
  room_closed: {
    title: 'This room has been closed',
    advice: 'Closed rooms do not open again. Start a new one and share its link.',
    retryable: false,
  },
  room_not_found: {
    title: 'There is no such room',
    advice: 'The link may be incomplete. Ask for it again, or start a new room.',
    retryable: false,
  },
  participant_removed: {
    title: 'You have been removed from the room',
    advice: 'The room goes on without you. Ask its host for a new invitation.',
    retryable: false,
  },
  connection_overtaken: {
    title: 'You are connected from elsewhere',
    advice: 'A newer connection has taken your place here.',
    retryable: false,
  },
  no_host_available: {
    title: 'No media server is free right now',
    advice: 'Rooms need a running SFU host. Start one, or try again in a moment.',
    retryable: true,
  },
  control_plane_unreachable: {
    title: 'The room cannot let you in right now',
    advice: 'Its server cannot check your token. Try again in a moment.',
    retryable: true,
  },
  invalid_call_token: used,
  used_room_token: used,
  expired_call_token: expired,
  expired_room_token: expired,
  not_signed_in: {
    title: 'Your session has ended',
    advice: 'Sign in to the dashboard in another tab, then try again.',
    retryable: true,
  },
  project_archived: {
    title: 'The project is archived',
    advice: 'Nothing can be created in it. An owner can restore it.',
    retryable: false,
  },
  connection_limit_reached: {
    title: 'Too many calls and rooms are open',
    advice: 'The project has reached its limit. Close some of them, then try again.',
    retryable: true,
  },
  too_many_requests: {
    title: 'That was a bit fast',
    advice: 'Wait a few seconds and try again.',
    retryable: true,
  },
  invalid_reconnect_token: {
    title: 'You were away for too long',
    advice: 'Your place has been given up. Join again.',
    retryable: true,
  },
  server_unreachable: {
    title: 'The server cannot be reached',
    advice: 'Check your network connection and try again.',
    retryable: true,
  },
  unreachable: {
    title: 'The server cannot be reached',
    advice: 'Check your network connection and try again.',
    retryable: true,
  },
  request_timeout: {
    title: 'The server took too long to answer',
    advice: 'Check your network connection and try again.',
    retryable: true,
  },
  [NO_PLAYGROUND]: {
    title: 'The playground is only available in development',
    advice: 'Start Radist on your machine with npm start, and open the playground there.',
    retryable: false,
  },
}

/** An error in plain words. The error's own message stands in for those without an entry. */
export function plainWords(error: unknown): PlainWords {
  const known =
    error instanceof RadistError || error instanceof PlaygroundApiError || error instanceof ApiError
  const entry = known && Object.hasOwn(words, error.code) ? words[error.code] : undefined
  if (entry) return entry
  const detail = known ? error.message : 'The reason is not known.'
  return { title: 'That did not work', advice: `${detail} Try again in a moment.`, retryable: true }
}
