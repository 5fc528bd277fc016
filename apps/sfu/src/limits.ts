/** What one participant, and all sockets together, may take of the host. Each limit is a variable, see `docs/sfu-host.md`. */
import { MAX_DATA_FRAME_BYTES } from '@radist-tech/protocol'
import { z } from 'zod'
import { whole } from './variables.ts'

export const limitVariables = {
  RADIST_SFU_MAX_TRANSPORTS: whole(1, 64).default(4),
  RADIST_SFU_MAX_PRODUCERS: whole(1, 1000).default(16),
  RADIST_SFU_MAX_CONSUMERS: whole(1, 100_000).default(2000),
  RADIST_SFU_DATA_MESSAGES_PER_SECOND: whole(1, 100_000).default(200),
  RADIST_SFU_DATA_BYTES_PER_SECOND: whole(MAX_DATA_FRAME_BYTES, 134_217_728).default(1_048_576),
  RADIST_SFU_MAX_DATA_WAITING_BYTES: whole(MAX_DATA_FRAME_BYTES, 67_108_864).default(1_048_576),
  RADIST_SFU_BAD_FRAME_BURST: whole(1, 10_000).default(20),
  RADIST_SFU_MAX_PENDING_REQUESTS: whole(16, 100_000).default(1024),
  RADIST_SFU_MAX_PENDING_BYTES: whole(131_072, 67_108_864).default(1_048_576),
  RADIST_SFU_MAX_WAITING_BYTES: whole(65_536, 67_108_864).default(1_048_576),
  RADIST_SFU_KEPT_NOTIFICATIONS: whole(16, 10_000).default(256),
  RADIST_SFU_SILENCE_SECONDS: whole(5, 60).default(15),
  RADIST_SFU_MAX_SOCKETS: whole(1, 1_000_000).default(20_000),
  RADIST_SFU_MAX_SOCKETS_PER_ADDRESS: whole(1, 1_000_000).default(1_000_000),
}

export interface Limits {
  /** What one participant may have on the media workers at once. */
  media: {
    transports: number
    producers: number
    consumers: number
  }
  /** Of one participant's data messages. */
  data: {
    /** It may send; a burst of one second's worth at once. */
    messagesPerSecond: number
    bytesPerSecond: number
    /** Reliable ones that may wait for it. */
    waitingBytes: number
  }
  /** Bad frames that are borne in a row; one more is allowed each second. */
  badFrameBurst: number
  /** Requests of one participant that may wait for their turn, and the bytes of their frames. */
  pendingRequests: number
  pendingBytes: number
  /** What may wait for a client that does not read. */
  waitingBytes: number
  /** Notifications kept for a reconnection, at least. */
  keptNotifications: number
  /** After which a silent socket is half-open. */
  silenceMs: number
  sockets: number
  socketsPerAddress: number
}

const limitsSchema = z.object(limitVariables)

export function limitsOf(env: z.infer<typeof limitsSchema>): Limits {
  return {
    media: {
      transports: env.RADIST_SFU_MAX_TRANSPORTS,
      producers: env.RADIST_SFU_MAX_PRODUCERS,
      consumers: env.RADIST_SFU_MAX_CONSUMERS,
    },
    data: {
      messagesPerSecond: env.RADIST_SFU_DATA_MESSAGES_PER_SECOND,
      bytesPerSecond: env.RADIST_SFU_DATA_BYTES_PER_SECOND,
      waitingBytes: env.RADIST_SFU_MAX_DATA_WAITING_BYTES,
    },
    badFrameBurst: env.RADIST_SFU_BAD_FRAME_BURST,
    pendingRequests: env.RADIST_SFU_MAX_PENDING_REQUESTS,
    pendingBytes: env.RADIST_SFU_MAX_PENDING_BYTES,
    waitingBytes: env.RADIST_SFU_MAX_WAITING_BYTES,
    keptNotifications: env.RADIST_SFU_KEPT_NOTIFICATIONS,
    silenceMs: env.RADIST_SFU_SILENCE_SECONDS * 1000,
    sockets: env.RADIST_SFU_MAX_SOCKETS,
    socketsPerAddress: env.RADIST_SFU_MAX_SOCKETS_PER_ADDRESS,
  }
}
