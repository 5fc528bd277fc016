/** What mediasoup's transports, producers and consumers have in common. */
export interface MediaEntity {
  readonly id: string
  readonly closed: boolean
  /** Tells of the end, whoever caused it: a `close` here, the entity's transport, router or worker. */
  readonly observer: { once(event: 'close', listener: () => void): unknown }
  close(): void
}
