/** `kill -9` of the media worker that carries a room of two browsers. */
import { execFileSync } from 'node:child_process'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser, Participant } from './participant.ts'

const demo = inject('stack')

/** The media workers of both hosts: whichever carries the room, it is among them. */
const workerPids = (): number[] =>
  demo.sfuHosts.flatMap(({ pid }) =>
    execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(pid)], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes('mediasoup-worke'))
      .map((line) => Number.parseInt(line, 10)),
  )

describe('a room whose media workers are killed', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('shows and hears again within 3 s by itself, and knows who is muted', async () => {
    const ann = await Participant.visit(browser, `${demo.apiBaseUrl}/playground`)
    const bob = await Participant.visit(browser, await ann.start('room'))
    const both = [ann, bob]
    onTestFinished(async () => {
      await Promise.all(both.map((participant) => participant.close()))
    })
    await ann.join('Ann')
    await bob.join('Bob')
    for (const participant of both) await participant.expectMediaGrows(1)
    await ann.setMicrophoneEnabled(false)
    await expect.poll(() => bob.microphonesOfOthers()).toEqual(['muted'])
    const former = await Promise.all(both.map((participant) => participant.remoteTrackIds()))
    expect(former.map((ids) => ids.length)).toEqual([2, 2])
    const decodedBefore = await Promise.all(
      both.map((participant) => participant.decodesNewVideo(former.flat())),
    )
    expect(decodedBefore).toEqual([false, false])
    const sockets = both.map((participant) => participant.countSockets())

    const victims = workerPids()
    expect(victims).toHaveLength(demo.sfuHosts.length)
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    const killedAt = performance.now()
    for (const participant of both)
      await expect.poll(() => participant.decodesNewVideo(former.flat()), { timeout: 5000 }).toBe(true)
    expect(performance.now() - killedAt).toBeLessThan(3000)

    await ann.expectState('connected')
    // Ann hears Bob, and Bob would hear Ann if she were not muted.
    await ann.expectMediaGrows(1)
    expect(await bob.microphonesOfOthers()).toEqual(['muted'])
    await ann.setMicrophoneEnabled(true)
    await bob.expectMediaGrows(1)
    await ann.say('Still here')
    await bob.expectMessage('Still here')
    expect(sockets.map((count) => count())).toEqual([0, 0])
    expect(workerPids().filter((pid) => victims.includes(pid))).toEqual([])
  })
})
