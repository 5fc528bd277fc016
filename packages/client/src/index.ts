export type { ConnectionQuality } from '@radist-tech/protocol/room-signaling'
export { RadistConnection, type RadistConnectionEvents } from './call/call-connection.ts'
export {
  type CreateConnectionOptions,
  type CreateRoomConnectionOptions,
  RadistClient,
  type RadistClientOptions,
} from './client.ts'
export { type ClientErrorCode, RadistError, type RadistErrorCode } from './errors.ts'
export type { Unsubscribe } from './event-emitter.ts'
export type { CaptureConstraints, Channel } from './local-media.ts'
export type { JsonValue, RadistMessage, SendableData } from './message-framing.ts'
export type { LocalTrack } from './room/local-track.ts'
export { type PublishOptions, RadistRoomConnection } from './room/room-connection.ts'
export type { RoomMessage, SendOptions } from './room/room-data.ts'
export type {
  RadistRoomConnectionEvents,
  RoomEndedReason,
  RoomParticipant,
  TrackEvent,
  TrackState,
} from './room/room-events.ts'
export type { VideoCodec } from './room/video-encodings.ts'
export type { ViewportSize } from './room/viewports.ts'
export type { ConnectionState } from './signaling-session.ts'
export type { WebSocketFactory, WebSocketLike } from './web-socket.ts'
