/** What the benchmark asks of its load generator, a process of its own, and what it answers. */

export interface HttpJob {
  kind: 'http'
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  /** Requests under way at once, each on its own connection. */
  connections: number
  seconds: number
}

/** Opens pairs of sockets, which stay open for later `relay` jobs. */
export interface OpenPairsJob {
  kind: 'open-pairs'
  /** What later jobs call them. */
  name: string
  pairs: [host: string, guest: string][]
  /** Frames that each socket gets before the pair is ready, by its place in the pair. */
  greetings: [host: number, guest: number]
}

/** Each socket of a pair sends this many frames, the next when the one before has reached its reader. */
export interface RelayJob {
  kind: 'relay'
  name: string
  /** `pairs[lane]` are used one after the other, all lanes at once. Indices into the opened pairs. */
  lanes: number[][]
  framesPerSocket: number
  /** Frames are read by the other socket, or come back to their sender. */
  reader: 'other' | 'self'
}

export interface JoinJob {
  kind: 'join'
  /** Sockets that are opened one after the other; each waits for its first frame. */
  urls: string[]
}

export type Job = HttpJob | OpenPairsJob | RelayJob | JoinJob

export interface Measured {
  /** Requests answered with 200, frames that have arrived, or sockets greeted. */
  count: number
  seconds: number
  /** Median time of one, in milliseconds. */
  medianMs: number
  /** CPU that the generator itself used, in seconds. */
  ownCpuSeconds: number
}

export type JobAnswer = { ok: true; measured: Measured } | { ok: false; error: string }
