import { describe, expect, it } from 'vitest'
import { OperationQueue } from './operation-queue.ts'

describe('OperationQueue', () => {
  it('never interleaves operations, and goes on after one that failed', async () => {
    const queue = new OperationQueue()
    const log: string[] = []
    const operation =
      (name: string, milliseconds: number, fails = false) =>
      async () => {
        log.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, milliseconds))
        log.push(`${name} ends`)
        if (fails) throw new Error(name)
        return name
      }
    const results = await Promise.allSettled([
      queue.run(operation('a', 10)),
      queue.run(operation('b', 1, true)),
      queue.run(operation('c', 1)),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  it('runs nothing more once it is closed', async () => {
    const queue = new OperationQueue()
    let ran = false
    const waiting = queue.run(async () => {
      ran = true
    })
    queue.close()
    await expect(waiting).resolves.toBeUndefined()
    expect(ran).toBe(false)
  })
})
