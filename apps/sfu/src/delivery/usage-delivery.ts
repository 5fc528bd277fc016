/** Brings usage records from the journal to the ledger. */
import {
  MAX_USAGE_BATCH,
  USAGE_PATH,
  type UsageAnswer,
  type UsageRecord,
  usageAnswerSchema,
} from '@radist-tech/protocol'
import { type ControlPlane, ControlPlaneRefusal } from '../control-plane/control-plane.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metering } from '../journal/metering.ts'
import type { Logger } from '../logger.ts'
import { DeliveryLoop } from './delivery-loop.ts'

export class UsageDelivery {
  readonly loop: DeliveryLoop
  readonly #metering: Pick<Metering, 'take'>
  readonly #journal: Pick<Journal, 'settleUsage'>
  readonly #controlPlane: Pick<ControlPlane, 'post'>
  readonly #log: Logger
  /** Halved while batches are refused as a whole, so that one bad record does not hold up the rest. */
  #batch = MAX_USAGE_BATCH

  constructor(
    metering: Pick<Metering, 'take'>,
    journal: Pick<Journal, 'settleUsage'>,
    controlPlane: Pick<ControlPlane, 'post'>,
    log: Logger,
  ) {
    this.#metering = metering
    this.#journal = journal
    this.#controlPlane = controlPlane
    this.#log = log.child({ delivery: 'usage' })
    this.loop = new DeliveryLoop(() => this.#deliver(), this.#log)
  }

  async #deliver(): Promise<boolean> {
    const records = this.#metering.take(this.#batch)
    if (records.length === 0) return false
    const answer = await this.#post(records)
    if (answer === null) return true
    this.#journal.settleUsage(answer.accepted, answer.rejected, Date.now())
    for (const { recordId, code } of answer.rejected)
      this.#log.error({ recordId, code }, 'usage record refused')
    // The ledger may leave some out, to be sent again: not at once, for ever, when it leaves out all.
    if (answer.accepted.length + answer.rejected.length === 0) throw new Error('no record was taken')
    return true
  }

  /** The ledger's answer, or null when the batch is to be sent again in smaller ones. */
  async #post(records: readonly UsageRecord[]): Promise<UsageAnswer | null> {
    try {
      const answer = await this.#controlPlane.post(USAGE_PATH, { records }, usageAnswerSchema)
      this.#batch = MAX_USAGE_BATCH
      return answer
    } catch (error) {
      if (!(error instanceof ControlPlaneRefusal) || !isAboutTheBody(error)) throw error
      if (records.length > 1) {
        this.#batch = Math.ceil(records.length / 2)
        return null
      }
      return { accepted: [], rejected: records.map(({ recordId }) => ({ recordId, code: error.code })) }
    }
  }
}

/** Refusals for the records' own sake; any other (not enrolled, not found) may be over the next time. */
const isAboutTheBody = (refusal: ControlPlaneRefusal): boolean =>
  refusal.status === 400 || refusal.status === 413
