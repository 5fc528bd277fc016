import type { UsageReport } from '@radist-tech/protocol/usage'
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { count, duration } from '../../ui/format.ts'
import { dayName } from './usage-days.ts'

const compact = new Intl.NumberFormat('en-GB', { notation: 'compact' })
const label = { fill: 'var(--color-muted)', fontSize: 12 }

/** Bars by day. Its numbers are in the table beside it, so screen readers pass it over. */
export default function UsageChart({ buckets }: Pick<UsageReport, 'buckets'>) {
  return (
    <div aria-hidden data-testid="usage-chart">
      <ResponsiveContainer width="100%" height={256}>
        <BarChart data={buckets} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--color-line)" />
          <XAxis
            dataKey="start"
            tickFormatter={dayName}
            tick={label}
            tickLine={false}
            axisLine={{ stroke: 'var(--color-line)' }}
            minTickGap={28}
          />
          <YAxis
            tickFormatter={(value: number) => compact.format(value)}
            tick={label}
            tickLine={false}
            axisLine={false}
            width={48}
            allowDecimals={false}
          />
          <Tooltip
            cursor={{ fill: 'var(--color-raised)' }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const bucket: unknown = payload?.[0]?.payload
              return active && isBucket(bucket) ? <Hint {...bucket} /> : null
            }}
          />
          <Bar
            dataKey="seconds"
            fill="var(--color-accent)"
            radius={[3, 3, 0, 0]}
            maxBarSize={28}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  )
}

type Bucket = UsageReport['buckets'][number]

const isBucket = (value: unknown): value is Bucket =>
  typeof value === 'object' && value !== null && 'start' in value && 'seconds' in value

const Hint = ({ start, seconds }: Bucket) => (
  <div className="rounded-lg border border-line bg-surface px-3 py-2 text-sm shadow-popup">
    <p className="text-muted text-xs">{dayName(start)}</p>
    <p className="font-medium tabular-nums">{count(seconds)} seconds</p>
    <p className="text-muted text-xs tabular-nums">{duration(seconds)}</p>
  </div>
)
