/** A P2P call, shown as a meeting of two. */
import {
  type RadistClient,
  type RadistConnection,
  RadistError,
  type RadistMessage,
} from '@radist-tech/client'
import { plainWords } from '../plain-words.ts'
import { speakingOf } from './audio-level.ts'
import {
  channelsOf,
  type JoinChoices,
  type Meeting,
  type MeetingEnd,
  type MeetingView,
  type Person,
  stateOf,
} from './meeting.ts'
import { callStatus } from './meeting-status.ts'
import { type Presence, presenceMessage, readPresence } from './presence.ts'
import { shownMessage, ViewStore } from './view-store.ts'

const SPEAKING_INTERVAL_MS = 400

export class CallMeeting implements Meeting {
  readonly kind = 'call'
  readonly connection: RadistConnection
  readonly #choices: JoinChoices
  readonly #store: ViewStore
  readonly #speakingTimer: ReturnType<typeof setInterval>
  readonly subscribe: Meeting['subscribe']
  readonly getView: () => MeetingView
  #other: Person | null = null
  #left = false
  #lastError: RadistError | null = null

  private constructor(connection: RadistConnection, choices: JoinChoices) {
    this.connection = connection
    this.#choices = choices
    this.#store = new ViewStore({
      id: 'self',
      name: choices.name,
      stream: connection.localStream,
      microphone: stateOf(choices.hasMicrophone, choices.microphone),
      camera: stateOf(choices.hasCamera, choices.camera),
      speaking: false,
      quality: null,
      away: false,
    })
    this.subscribe = this.#store.subscribe
    this.getView = this.#store.getView
    this.#listen(connection)
    this.#speakingTimer = setInterval(() => this.#updateSpeaking(), SPEAKING_INTERVAL_MS)
  }

  static async join(client: RadistClient, callToken: string, choices: JoinChoices): Promise<CallMeeting> {
    const connection = await client.createConnection({
      callToken,
      channels: channelsOf(choices),
      constraints: { video: choices.videoConstraints },
    })
    connection.setMicrophoneEnabled(choices.microphone)
    connection.setCameraEnabled(choices.camera)
    return new CallMeeting(connection, choices)
  }

  setMicrophone(enabled: boolean): void {
    this.connection.setMicrophoneEnabled(enabled)
    this.#store.updateSelf({ microphone: stateOf(this.#choices.hasMicrophone, enabled) })
    this.#tellPresence()
  }

  setCamera(enabled: boolean): void {
    this.connection.setCameraEnabled(enabled)
    this.#store.updateSelf({ camera: stateOf(this.#choices.hasCamera, enabled) })
    this.#tellPresence()
  }

  sendChat(text: string): void {
    try {
      this.connection.send(text)
      this.#store.addMessage({ author: this.#choices.name, own: true, text, format: 'text' })
    } catch (error) {
      this.#store.update({ notice: plainWords(error).title })
    }
  }

  reconnect(): void {
    this.connection.reconnect().catch(() => undefined)
  }

  leave(): void {
    this.#left = true
    this.connection.close()
  }

  #listen(connection: RadistConnection): void {
    connection.on('peerjoined', ({ peerId }) => {
      this.#setOther({
        id: peerId,
        name: 'Guest',
        stream: null,
        microphone: 'live',
        camera: 'absent',
        speaking: false,
        quality: null,
        away: false,
      })
      this.#store.update({ notice: null })
    })
    connection.on('remotestream', (stream) => {
      this.#changeOther({ stream, camera: stateOf(stream.getVideoTracks().length > 0, true) })
    })
    connection.on('peerdisconnected', () => this.#changeOther({ away: true }))
    connection.on('peerreconnected', () => this.#changeOther({ away: false }))
    connection.on('peerleft', () => {
      const name = this.#other?.name ?? 'The other person'
      this.#setOther(null)
      this.#store.update({ notice: `${name} has left. The call stays open while you are here.` })
    })
    connection.on('datachannel', ({ open }) => {
      this.#store.update({ canSend: open })
      if (open) this.#tellPresence()
    })
    connection.on('message', (message) => this.#onMessage(message))
    connection.on('mediastate', () => this.#updateStatus())
    connection.on('error', (error) => {
      this.#lastError = error
      if (connection.state !== 'closed') this.#store.update({ notice: plainWords(error).title })
    })
    connection.on('state', (state) => {
      this.#updateStatus()
      if (state === 'closed') queueMicrotask(() => this.#finish())
    })
  }

  #onMessage(message: RadistMessage): void {
    const presence = message.kind === 'json' ? readPresence(message.data) : null
    if (presence) {
      this.#onPresence(presence)
      return
    }
    this.#store.addMessage({ author: this.#other?.name ?? 'Guest', own: false, ...shownMessage(message) })
  }

  #onPresence({ name, microphone, camera }: Presence): void {
    const stream = this.#other?.stream
    this.#changeOther({
      name: name || 'Guest',
      microphone: stateOf(stream ? stream.getAudioTracks().length > 0 : true, microphone),
      camera: stateOf(stream ? stream.getVideoTracks().length > 0 : true, camera),
    })
  }

  #tellPresence(): void {
    const { self, canSend } = this.#store.getView()
    if (!canSend) return
    const presence = {
      name: self.name,
      microphone: self.microphone === 'live',
      camera: self.camera === 'live',
    }
    try {
      this.connection.send(presenceMessage(presence))
    } catch (error) {
      // The channel closed in between; it is told again when the next one opens.
      if (!(error instanceof RadistError)) throw error
    }
  }

  #setOther(other: Person | null): void {
    this.#other = other
    if (!other) this.#store.updateSelf({ speaking: false })
    this.#store.update({ others: other ? [other] : [] })
    this.#updateStatus()
  }

  #changeOther(change: Partial<Person>): void {
    if (this.#other) this.#setOther({ ...this.#other, ...change })
  }

  #updateStatus(): void {
    const { state, mediaState } = this.connection
    this.#store.update({ status: callStatus(state, mediaState, this.#other !== null) })
  }

  #updateSpeaking(): void {
    if (!this.#other) return
    this.connection.getStats().then(
      (report) => {
        const speaking = speakingOf(report)
        const { self } = this.#store.getView()
        const selfSpeaking = speaking.self && self.microphone === 'live'
        if (self.speaking !== selfSpeaking) this.#store.updateSelf({ speaking: selfSpeaking })
        if (this.#other && this.#other.speaking !== speaking.other) {
          this.#changeOther({ speaking: speaking.other })
        }
      },
      () => undefined,
    )
  }

  #finish(): void {
    clearInterval(this.#speakingTimer)
    if (this.#store.getView().end) return
    this.#store.update({ end: this.#end(), status: 'ended', others: [] })
  }

  #end(): MeetingEnd {
    if (this.#left) {
      const words = {
        title: 'You left the call',
        advice: 'You can come back while it lasts.',
        retryable: true,
      }
      return { why: 'left', words }
    }
    const error = this.#lastError ?? new RadistError('call_ended')
    return { why: error.code === 'call_ended' ? 'over' : 'lost', words: plainWords(error) }
  }
}
