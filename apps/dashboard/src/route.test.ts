import { describe, expect, it } from 'vitest'
import { callPath, roomPath, routeOf } from './route.ts'

const id = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'

describe('routeOf', () => {
  it.each([
    ['/', { page: 'home' }],
    ['/playground', { page: 'playground' }],
    ['/playground/', { page: 'playground' }],
    [callPath(id), { page: 'call', callId: id }],
    [`${callPath(id.toUpperCase())}/`, { page: 'call', callId: id }],
    [roomPath(id), { page: 'room', roomId: id }],
    ['/playground/call/1', { page: 'not-found' }],
    [`/playground/call/${id}/more`, { page: 'not-found' }],
    ['/elsewhere', { page: 'not-found' }],
  ])('%s', (path, route) => {
    expect(routeOf(path)).toEqual(route)
  })
})
