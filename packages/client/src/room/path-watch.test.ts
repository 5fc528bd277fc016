import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PathCounts, PathWatch, pathCounts } from './path-watch.ts'

const counts = (change: Partial<PathCounts> = {}): PathCounts => ({
  at: 0,
  pairId: 'pair',
  packetsSent: 2000,
  bytesReceived: 1000,
  requestsSent: 5,
  responsesReceived: 5,
  roundTripMs: 50,
  ...change,
})

/** Whether the path counts as silent after each look, one every 500 ms. */
function verdicts(...looks: (PathCounts | null)[]): boolean[] {
  const watch = new PathWatch({ sendsMedia: true })
  return looks.map((look, i) => {
    watch.look(look && { ...look, at: i * 500 })
    return watch.silent
  })
}

describe('the watch over a path', () => {
  it('calls it silent when two checks were unanswered for a second, and nothing else came', () => {
    const asked = counts({ requestsSent: 6 })
    const askedTwice = counts({ requestsSent: 7 })
    expect(verdicts(counts(), asked, askedTwice, askedTwice)).toEqual([false, false, false, true])
    expect(verdicts(counts(), asked, asked, asked, asked)).not.toContain(true)
  })

  it('is content with a path on which nothing is asked', () => {
    expect(verdicts(...Array<PathCounts>(20).fill(counts()))).not.toContain(true)
  })

  it.each([
    ['media', { bytesReceived: 1001 }],
    ['an answer', { responsesReceived: 6 }],
    ['another path', { pairId: 'other' }],
  ])('takes %s for a sign of life, at any time', (_, life) => {
    const asked = counts({ requestsSent: 9 })
    const lives = counts({ requestsSent: 9, ...life })
    expect(verdicts(counts(), asked, asked, asked, lives, lives)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ])
  })

  /** Some seconds in which a second's packets are sent, and told of every so often. */
  function talk(watch: PathWatch, feedbackEveryMs: number, packetsPerSecond = 50, roundTripMs = 50) {
    let now = 0
    let bytesReceived = 1000
    const look = (isHeard: (now: number) => boolean) => {
      now += 250
      if (isHeard(now)) bytesReceived += 60
      const packetsSent = Math.floor((now / 1000) * packetsPerSecond)
      watch.look(counts({ at: now, packetsSent, bytesReceived, roundTripMs }))
      return watch.silent
    }
    while (now < 4000) look((at) => at % feedbackEveryMs === 0)
    return { silenceOf: (ms: number) => Array.from({ length: ms / 250 }, () => look(() => false)) }
  }

  it('calls it silent without any check when what is sent brings feedback no more', () => {
    const talking = talk(new PathWatch({ sendsMedia: true }), 250)
    expect(talking.silenceOf(1250)).toEqual([false, false, false, true, true])
  })

  it('waits two round trips longer where they are long', () => {
    const talking = talk(new PathWatch({ sendsMedia: true }), 250, 50, 400)
    expect(talking.silenceOf(1750)).toEqual([...Array(6).fill(false), true])
  })

  it('waits twice as long as the longest pause lately, as on a busy machine', () => {
    const talking = talk(new PathWatch({ sendsMedia: true }), 750)
    // The last feedback came 250 ms before.
    expect(talking.silenceOf(1500).indexOf(true)).toBe(4)
  })

  it.each([
    ['next to nothing is sent, as by who is muted', 250, 2.5],
    ['feedback never came often', 2000, 50],
  ])('concludes nothing from silence where %s', (_, feedbackEveryMs, packetsPerSecond) => {
    const talking = talk(new PathWatch({ sendsMedia: true }), feedbackEveryMs, packetsPerSecond)
    expect(talking.silenceOf(3000)).not.toContain(true)
  })

  it('concludes nothing from silence on a path that has only begun', () => {
    const watch = new PathWatch({ sendsMedia: true })
    talk(watch, 250)
    const other = (packetsSent: number, bytesReceived: number) =>
      counts({ pairId: 'other', packetsSent, bytesReceived })
    const looks = [other(0, 0), other(12, 60), other(25, 60), other(37, 60), other(50, 60)]
    const silent = looks.map((look, i) => {
      watch.look({ ...look, at: 4250 + i * 250 })
      return watch.silent
    })
    expect(silent).not.toContain(true)
  })

  it('expects no feedback of a path that it receives over: reports are all that it sends', () => {
    const talking = talk(new PathWatch({ sendsMedia: false }), 250)
    expect(talking.silenceOf(3000)).not.toContain(true)
  })

  it('asks the host of a path that brought media and brings no more, and believes that it sends', () => {
    const watch = new PathWatch({ sendsMedia: false })
    const { silenceOf } = talk(watch, 250, 2)
    expect([silenceOf(750), watch.asksHost]).toEqual([[false, false, false], false])
    expect([silenceOf(250), watch.asksHost]).toEqual([[false], true])
    watch.hostHasSent(5000)
    expect(silenceOf(250)).toEqual([false])
    watch.hostHasSent(5900)
    expect(watch.silent).toBe(false)
    expect(silenceOf(250)).toEqual([true])
    watch.look(counts({ pairId: 'other', at: 5750 }))
    expect([watch.silent, watch.asksHost]).toEqual([false, false])
  })

  it('leaves it at that when the host sends nothing', () => {
    const watch = new PathWatch({ sendsMedia: false })
    const { silenceOf } = talk(watch, 250, 2)
    silenceOf(1000)
    const asked = Array.from({ length: 20 }, () => {
      const asks = watch.asksHost
      watch.hostHasSent(5000)
      return asks || silenceOf(250).includes(true)
    })
    expect(asked).toEqual([...Array(4).fill(true), ...Array(16).fill(false)])
  })

  it('never asks the host about a path that it sends over', () => {
    const watch = new PathWatch({ sendsMedia: true })
    talk(watch, 250, 2).silenceOf(3000)
    expect(watch.asksHost).toBe(false)
  })

  it('judges nothing before there is a path', () => {
    expect(verdicts(null, null, counts({ requestsSent: 40 }))).toEqual([false, false, false])
  })
})

describe('a path that works', () => {
  /** What the page does for a while; it looks every 250 ms, and so much later. */
  const spell = fc.record({
    seconds: fc.integer({ min: 1, max: 15 }),
    packetsPerSecond: fc.constantFrom(0, 1, 2.5, 50, 400),
    lateMs: fc.constantFrom(0, 50, 750, 3000),
    asleepMs: fc.constantFrom(0, 0, 2000, 20_000),
  })

  const awake = { lateMs: 0, asleepMs: 0 }
  const pausedAndResumed = {
    roundTripMs: 301,
    spells: [
      { ...awake, seconds: 4, packetsPerSecond: 400 },
      { ...awake, seconds: 3, packetsPerSecond: 0, lateMs: 50 },
      { ...awake, seconds: 1, packetsPerSecond: 400, lateMs: 50 },
    ],
  }
  const asleepTwice = {
    roundTripMs: 491,
    spells: [2000, 2000, 0].map((asleepMs) => ({ ...awake, seconds: 1, packetsPerSecond: 0, asleepMs })),
  }

  it('is never called silent, whatever the page does: it talks, is muted, is throttled, sleeps', () => {
    const history = fc.record({
      roundTripMs: fc.integer({ min: 1, max: 500 }),
      spells: fc.array(spell, { minLength: 1, maxLength: 8 }),
    })
    fc.assert(
      fc.property(history, ({ roundTripMs, spells }) => {
        const watch = new PathWatch({ sendsMedia: true })
        let { now, nextLook, sent, bytesReceived, checks } = {
          now: 0,
          nextLook: 0,
          sent: 0,
          bytesReceived: 0,
          checks: 0,
        }
        /** When answers come: to checks, and the host's feedback each 100 ms on what has come to it. */
        let checkAnswers: number[] = []
        let feedback: number[] = []
        let told = 0
        let answered = 0
        for (const { seconds, packetsPerSecond, lateMs, asleepMs } of spells) {
          now += asleepMs
          if (asleepMs > 0) {
            // What was under way has come to nobody.
            feedback = []
            checkAnswers = []
          }
          const until = now + seconds * 1000
          for (; now < until; now += 10) {
            sent += packetsPerSecond / 100
            if (now % 100 === 0 && Math.floor(sent) > told) {
              told = Math.floor(sent)
              feedback.push(now + roundTripMs)
            }
            if (now % 2500 === 0) {
              checks += 1
              checkAnswers.push(now + roundTripMs)
            }
            bytesReceived += 60 * feedback.filter((at) => at <= now).length
            feedback = feedback.filter((at) => at > now)
            answered += checkAnswers.filter((at) => at <= now).length
            checkAnswers = checkAnswers.filter((at) => at > now)
            if (now < nextLook) continue
            nextLook = now + 250 + lateMs
            watch.look(
              counts({
                at: now,
                packetsSent: Math.floor(sent),
                bytesReceived,
                requestsSent: checks,
                responsesReceived: answered,
                roundTripMs,
              }),
            )
            if (watch.silent) return false
          }
        }
        return true
      }),
      { numRuns: 500, examples: [[pausedAndResumed], [asleepTwice]] },
    )
  })
})

describe('what is counted of a path', () => {
  const transport = { id: 'T', type: 'transport', timestamp: 5000, selectedCandidatePairId: 'P' }
  const pair = {
    id: 'P',
    type: 'candidate-pair',
    packetsSent: 9,
    bytesReceived: 7,
    requestsSent: 2,
    responsesReceived: 1,
    currentRoundTripTime: 0.25,
  }

  it('is that of the pair in use', () => {
    const other = { ...pair, id: 'Q', bytesReceived: 99 }
    const stats = new Map<string, object>([
      ['Q', other],
      ['T', transport],
      ['P', pair],
    ])
    expect(pathCounts(stats)).toEqual({
      at: 5000,
      pairId: 'P',
      packetsSent: 9,
      bytesReceived: 7,
      requestsSent: 2,
      responsesReceived: 1,
      roundTripMs: 250,
    })
  })

  it('is nothing while none is in use', () => {
    const { selectedCandidatePairId: _, ...unconnected } = transport
    expect(pathCounts(new Map([['T', unconnected]]))).toBeNull()
  })
})
