import { describe, expect, it, vi } from 'vitest'
import { EventEmitter } from './event-emitter.ts'

type Events = { state: string; message: number }

describe('EventEmitter', () => {
  it('calls the listeners of the event until they unsubscribe', () => {
    const emitter = new EventEmitter<Events>()
    const heard: number[] = []
    const unsubscribe = emitter.on('message', (value) => heard.push(value))
    emitter.emit('message', 1)
    unsubscribe()
    unsubscribe()
    emitter.emit('message', 2)
    expect(heard).toEqual([1])
  })

  it('lets no listener that throws keep the event from the others, and reports its error', () => {
    const emitter = new EventEmitter<Events>()
    const heard: number[] = []
    const microtasks = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined)
    emitter.on('message', () => {
      throw new Error('listener')
    })
    emitter.on('message', (value) => heard.push(value))
    emitter.emit('message', 1)
    expect(heard).toEqual([1])
    expect(microtasks.mock.calls[0]?.[0]).toThrow('listener')
    microtasks.mockRestore()
  })

  it('tells a late listener the current state once, and then what changes', async () => {
    const emitter = new EventEmitter<Events>()
    const heard: string[] = []
    emitter.onWithCurrent(
      'state',
      (state) => heard.push(state),
      () => ['connected'],
    )
    expect(heard).toEqual([])
    await Promise.resolve()
    emitter.emit('state', 'closed')
    expect(heard).toEqual(['connected', 'closed'])
  })

  it('tells nothing to a listener that unsubscribed at once', async () => {
    const emitter = new EventEmitter<Events>()
    const heard: string[] = []
    emitter.onWithCurrent(
      'state',
      (state) => heard.push(state),
      () => ['connected'],
    )()
    await Promise.resolve()
    emitter.emit('state', 'closed')
    expect(heard).toEqual([])
  })
})
