/** A process that meters one participant with the real journal until it is killed: `journal-writer.ts <data dir>`. */
import { newParticipantId, newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { systemClock } from '../clock.ts'
import { Journal } from '../journal/journal.ts'
import { Metering } from '../journal/metering.ts'
import { createLogger } from '../logger.ts'

const journal = new Journal(process.argv[2] ?? '', {
  recovered: () => undefined,
  damaged: () => undefined,
})
const metering = new Metering(journal, {
  clock: systemClock,
  log: createLogger('silent'),
  usageIntervalSeconds: 2,
  onRecords: () => undefined,
})
const stayId = metering.admit({
  participantId: newParticipantId(),
  projectId: projectIdSchema.parse(crypto.randomUUID()),
  roomId: newRoomId(),
  epoch: 1,
})
setInterval(() => metering.record(stayId, { type: 'alive', at: systemClock.monotonic() }), 100)
process.stdout.write('admitted\n')
