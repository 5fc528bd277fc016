/** The part of the browser's WebSocket that the SDK uses; `webSocketFactory` may answer with any such thing. */
export interface WebSocketLike {
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
}

export type WebSocketFactory = (url: string) => WebSocketLike
