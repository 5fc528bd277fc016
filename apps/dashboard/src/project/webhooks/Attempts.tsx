import type { webhookDeliveryAnswerSchema } from '@radist-tech/protocol/dashboard'
import { Send } from 'lucide-react'
import type { z } from 'zod'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { count, date, timeOfDay } from '../../ui/format.ts'
import { Time } from '../../ui/Time.tsx'
import { outcomeOf } from './event-types.ts'

type Attempt = z.infer<typeof webhookDeliveryAnswerSchema>['attempts'][number]

/** Each time that it was tried, and what was answered; the newest first. */
export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <Card title="Attempts" flush>
      {attempts.length === 0 ? (
        <EmptyState
          icon={Send}
          title="Not tried yet"
          text="Events of one call or room are sent in their order."
        />
      ) : (
        <ol data-testid="attempts" className="divide-y divide-line border-line border-t">
          {attempts.toReversed().map((attempt) => (
            <li key={attempt.at} className="px-5 py-3.5 text-sm">
              <div className="flex flex-wrap items-center gap-x-4 gap-y-1 tabular-nums">
                <Badge look={isTaken(attempt) ? 'good' : 'danger'}>{outcomeOf(attempt)}</Badge>
                <Time at={attempt.at} shown={`${date(attempt.at)}, ${timeOfDay(attempt.at)}`} />
                <span className="text-muted">{count(attempt.durationMs)} ms</span>
              </div>
              {attempt.answer && (
                <section
                  aria-label="Answer"
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must reach
                  tabIndex={0}
                  className="mt-2.5 max-h-40 overflow-auto rounded-lg bg-raised px-3 py-2"
                >
                  <pre className="font-mono text-xs leading-relaxed">{attempt.answer}</pre>
                </section>
              )}
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

const isTaken = ({ status }: Attempt): boolean => status !== null && status >= 200 && status < 300
