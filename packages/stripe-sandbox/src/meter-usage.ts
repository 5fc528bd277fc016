/** What a customer used of a meter, exactly, for its bill. */
import { z } from 'zod'
import type { Account } from './account.ts'
import { type Meter, requireMeter } from './meters.ts'

/** How a meter's formula aggregates a period, in SQL; whole numbers all the way. */
const AGGREGATE: Record<Meter['default_aggregation']['formula'], string> = {
  sum: 'SUM(value)',
  count: 'COUNT(*)',
  last: `(SELECT value FROM counted_meter_events
          WHERE meter = :meter AND customer = :customer AND timestamp >= :start AND timestamp < :end
          ORDER BY timestamp DESC, sequence DESC LIMIT 1)`,
}

const usageRow = z.object({ quantity: z.bigint().nullable() })

/** @param period Seconds since the Unix epoch; its end is not part of it. */
export function meteredQuantity(
  account: Account,
  meterId: string,
  customer: string,
  period: { start: number; end: number },
): bigint {
  const meter = requireMeter(account, meterId)
  const statement = account.database.prepare(
    `SELECT ${AGGREGATE[meter.default_aggregation.formula]} AS quantity FROM counted_meter_events
     WHERE meter = :meter AND customer = :customer AND timestamp >= :start AND timestamp < :end`,
  )
  statement.setReadBigInts(true)
  return usageRow.parse(statement.get({ meter: meter.id, customer, ...period })).quantity ?? 0n
}
