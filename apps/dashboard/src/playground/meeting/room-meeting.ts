/** A room, shown as a meeting. */
import { type RadistClient, RadistError, type RadistRoomConnection } from '@radist-tech/client'
import { plainWords } from '../plain-words.ts'
import {
  channelsOf,
  type JoinChoices,
  type Meeting,
  type MeetingEnd,
  type MeetingView,
  type Person,
  stateOf,
} from './meeting.ts'
import { roomStatus } from './meeting-status.ts'
import { shownMessage, ViewStore } from './view-store.ts'

const NAMELESS = 'Guest'

export class RoomMeeting implements Meeting {
  readonly kind = 'room'
  readonly connection: RadistRoomConnection
  readonly #choices: JoinChoices
  readonly #store: ViewStore
  readonly subscribe: Meeting['subscribe']
  readonly getView: () => MeetingView
  readonly #onShown = new Map<string, (video: HTMLVideoElement) => () => void>()
  #left = false
  #lastError: RadistError | null = null

  private constructor(connection: RadistRoomConnection, choices: JoinChoices) {
    this.connection = connection
    this.#choices = choices
    this.#store = new ViewStore({
      id: connection.participantId ?? 'self',
      name: connection.identity ?? choices.name,
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
  }

  static async join(client: RadistClient, roomToken: string, choices: JoinChoices): Promise<RoomMeeting> {
    const connection = await client.createRoomConnection({
      roomToken,
      channels: channelsOf(choices),
      constraints: { video: choices.videoConstraints },
    })
    connection.setMicrophoneEnabled(choices.microphone)
    connection.setCameraEnabled(choices.camera)
    return new RoomMeeting(connection, choices)
  }

  setMicrophone(enabled: boolean): void {
    this.connection.setMicrophoneEnabled(enabled)
    this.#store.updateSelf({ microphone: stateOf(this.#choices.hasMicrophone, enabled) })
  }

  setCamera(enabled: boolean): void {
    this.connection.setCameraEnabled(enabled)
    this.#store.updateSelf({ camera: stateOf(this.#choices.hasCamera, enabled) })
  }

  sendChat(text: string): void {
    try {
      this.connection.send(text)
      this.#store.addMessage({ author: this.getView().self.name, own: true, text, format: 'text' })
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

  #listen(connection: RadistRoomConnection): void {
    const refresh = () => this.#refresh()
    connection.on('participantjoined', refresh)
    connection.on('participantdisconnected', refresh)
    connection.on('participantreconnected', refresh)
    connection.on('trackadded', refresh)
    connection.on('trackremoved', refresh)
    connection.on('trackmuted', refresh)
    connection.on('trackunmuted', refresh)
    connection.on('activespeaker', refresh)
    connection.on('connectionquality', refresh)
    connection.on('participantleft', ({ identity }) => {
      this.#refresh()
      this.#store.update({ notice: `${identity ?? NAMELESS} has left.` })
    })
    connection.on('datachannel', ({ open }) => this.#store.update({ canSend: open }))
    connection.on('message', (message) => {
      const author = this.getView().others.find(({ id }) => id === message.from)?.name ?? NAMELESS
      this.#store.addMessage({ author, own: false, ...shownMessage(message) })
    })
    connection.on('error', (error) => {
      this.#lastError = error
      if (connection.state !== 'closed') this.#store.update({ notice: plainWords(error).title })
    })
    connection.on('state', (state) => {
      this.#refresh()
      if (state === 'closed') queueMicrotask(() => this.#finish())
    })
  }

  #refresh(): void {
    const { participants, activeSpeaker, participantId, state } = this.connection
    const others = participants.map(
      (participant): Person => ({
        id: participant.participantId,
        name: participant.identity ?? NAMELESS,
        stream: participant.stream,
        microphone: participant.microphone,
        camera: participant.camera,
        speaking: activeSpeaker === participant.participantId && participant.microphone === 'live',
        quality: this.connection.connectionQualityOf(participant.participantId),
        away: !participant.connected,
        onShown: this.#onShownOf(participant.participantId),
      }),
    )
    const { self } = this.getView()
    this.#store.update({
      others,
      status: roomStatus(state, others.length > 0),
      self: {
        ...self,
        speaking: activeSpeaker === participantId && self.microphone === 'live',
        quality: participantId && this.connection.connectionQualityOf(participantId),
      },
    })
  }

  /** The host sends a picture no larger than its tile. */
  #onShownOf(participantId: string): (video: HTMLVideoElement) => () => void {
    const known = this.#onShown.get(participantId)
    if (known) return known
    const onShown = (video: HTMLVideoElement) => this.connection.attachViewport(participantId, video)
    this.#onShown.set(participantId, onShown)
    return onShown
  }

  #finish(): void {
    this.#store.update({ end: this.#end(), status: 'ended', others: [] })
  }

  #end(): MeetingEnd {
    if (this.#left) {
      const words = {
        title: 'You left the room',
        advice: 'You can come back while it is open.',
        retryable: true,
      }
      return { why: 'left', words }
    }
    const error = this.#lastError ?? new RadistError('room_closed')
    return { why: error.code === 'room_closed' ? 'over' : 'lost', words: plainWords(error) }
  }
}
