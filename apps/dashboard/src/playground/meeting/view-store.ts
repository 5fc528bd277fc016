/** Holds a meeting's view and tells React when it changes. */
import type { RadistMessage } from '@radist-tech/client'
import type { ChatMessage, MeetingView, Person } from './meeting.ts'

/** Older messages are forgotten: a page left open in a busy room must not grow for ever. */
const MAX_MESSAGES = 500

export class ViewStore {
  #view: MeetingView
  #nextMessageId = 1
  readonly #listeners = new Set<() => void>()

  /** The view of a meeting that has only just been joined: nobody else is seen yet. */
  constructor(self: Person) {
    this.#view = {
      self,
      others: [],
      messages: [],
      status: 'connecting',
      canSend: false,
      notice: null,
      end: null,
    }
  }

  readonly getView = (): MeetingView => this.#view

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  update(change: Partial<MeetingView>): void {
    this.#view = { ...this.#view, ...change }
    for (const listener of [...this.#listeners]) listener()
  }

  updateSelf(change: Partial<Person>): void {
    this.update({ self: { ...this.#view.self, ...change } })
  }

  addMessage(message: Omit<ChatMessage, 'id' | 'at'>): void {
    const id = this.#nextMessageId
    this.#nextMessageId += 1
    const messages = [...this.#view.messages.slice(1 - MAX_MESSAGES), { ...message, id, at: new Date() }]
    this.update({ messages })
  }
}

/** How a received message is shown. */
export function shownMessage(message: RadistMessage): Pick<ChatMessage, 'text' | 'format'> {
  switch (message.kind) {
    case 'text':
      return { text: message.data, format: 'text' }
    case 'json':
      return { text: JSON.stringify(message.data, null, 2), format: 'code' }
    case 'binary':
      return { text: `${message.data.byteLength} bytes`, format: 'code' }
    default:
      return message satisfies never
  }
}
