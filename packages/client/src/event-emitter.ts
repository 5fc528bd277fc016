/** What a listener is called with, by the name of its event. */
type EventMap = Record<string, unknown>

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

/**
 * Listeners by event. A listener that throws breaks neither the emitter nor the other listeners:
 * its error is reported as an uncaught one, as the browser does for its own events.
 */
export class EventEmitter<Events extends EventMap> {
  readonly #listeners: { [E in keyof Events]?: Set<(payload: Events[E]) => void> } = {}

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Unsubscribe {
    const listeners = this.#listeners[event] ?? new Set()
    this.#listeners[event] = listeners
    // Wrapped, so that the same function registered twice counts twice and is removed once.
    const entry = (payload: Events[E]) => listener(payload)
    listeners.add(entry)
    return () => {
      listeners.delete(entry)
    }
  }

  /**
   * Like {@link on}, but first tells the listener what `current` answers: the state as it is, for
   * listeners that come after the event. Both happen in a microtask, when `unsubscribe` is known.
   */
  onWithCurrent<E extends keyof Events>(
    event: E,
    listener: (payload: Events[E]) => void,
    current: () => Events[E][],
  ): Unsubscribe {
    let unsubscribe: Unsubscribe | null = null
    let ended = false
    queueMicrotask(() => {
      if (ended) return
      unsubscribe = this.on(event, listener)
      for (const payload of current()) callSafely(listener, payload)
    })
    return () => {
      ended = true
      unsubscribe?.()
    }
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) callSafely(listener, payload)
  }
}

function callSafely<P>(listener: (payload: P) => void, payload: P): void {
  try {
    listener(payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
