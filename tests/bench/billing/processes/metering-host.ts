/**
 * A process that meters participants as a host does, with its journal on the disk, and tells its processor
 * time: `metering-host.ts <data dir> <participants>`; with 0 participants it idles. Asked by messages.
 */
import { newParticipantId, newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { systemClock } from '../../../../apps/sfu/src/clock.ts'
import { UsageDelivery } from '../../../../apps/sfu/src/delivery/usage-delivery.ts'
import { Journal } from '../../../../apps/sfu/src/journal/journal.ts'
import { Metering } from '../../../../apps/sfu/src/journal/metering.ts'
import { createLogger } from '../../../../apps/sfu/src/logger.ts'

/** Host's default, in s. */
const USAGE_INTERVAL_SECONDS = 10
/** Each participant gives a sign of life every 2 s: more often than one who is only pinged. */
const SIGN_SECONDS = 2
const STAY_SECONDS = 600
const TICK_MS = 100

const [dataDir = '', count = '0'] = process.argv.slice(2)
const participants = Number(count)
const log = createLogger('silent')

if (participants > 0) {
  const journal = new Journal(dataDir, { recovered: () => undefined, damaged: () => undefined })
  const metering = new Metering(journal, {
    clock: systemClock,
    log,
    usageIntervalSeconds: USAGE_INTERVAL_SECONDS,
    onRecords: () => delivery.loop.wake(),
  })
  // Takes all at once. What the request itself costs, a few every ten seconds, is left out.
  const ledger = {
    post: async <T>(_path: string, body: unknown, answer: { parse(value: unknown): T }): Promise<T> => {
      const { records } = JSON.parse(JSON.stringify(body)) as { records: { recordId: string }[] }
      return answer.parse({ accepted: records.map(({ recordId }) => recordId), rejected: [] })
    },
  }
  const delivery = new UsageDelivery(metering, journal, ledger, log)
  const projectId = projectIdSchema.parse(crypto.randomUUID())
  let roomId = newRoomId()
  const admit = (index: number) => {
    if (index % 4 === 0) roomId = newRoomId()
    return metering.admit({ participantId: newParticipantId(), projectId, roomId, epoch: 1 })
  }
  const stays = Array.from({ length: participants }, (_, index) => admit(index))
  let [heard, left] = [0, 0]
  setInterval(() => {
    const at = systemClock.monotonic()
    const signs = (participants * TICK_MS) / (SIGN_SECONDS * 1000)
    for (let i = 0; i < signs; i++, heard++)
      metering.record(stays[heard % participants] ?? 0, { type: 'alive', at })
    for (; left < (at / 1000) * (participants / STAY_SECONDS); left++) {
      metering.record(stays[left % participants] ?? 0, { type: 'left', at })
      stays[left % participants] = admit(left)
    }
  }, TICK_MS)
} else {
  setInterval(() => undefined, TICK_MS)
}

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuSeconds: (user + system) / 1e6, atSeconds: performance.now() / 1000 })
})
process.on('disconnect', () => process.exit())
process.send?.('started')
