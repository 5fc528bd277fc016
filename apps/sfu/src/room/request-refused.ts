import type { RoomErrorCode } from '@radist-tech/protocol'

/** A participant's request is refused; nothing has changed. The message is for the participant's developer. */
export class RequestRefused extends Error {
  readonly code: RoomErrorCode

  constructor(code: RoomErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
