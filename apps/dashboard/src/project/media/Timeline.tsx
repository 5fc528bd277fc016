import type { TimelineEntry } from '@radist-tech/protocol/dashboard'
import { Card } from '../../ui/Card.tsx'
import { timeOfDay } from '../../ui/format.ts'
import { Time } from '../../ui/Time.tsx'
import type { MediaKind } from './kinds.ts'
import { type TimelineLook, timelineWords, whoIs, whyOf } from './timeline-words.ts'

const dots: Record<TimelineLook, string> = {
  good: 'bg-accent',
  neutral: 'bg-field',
  warning: 'bg-warning',
}

/** What happened, the oldest first. */
export function Timeline(props: { kind: MediaKind; timeline: readonly TimelineEntry[]; truncated: boolean }) {
  return (
    <Card title="Timeline">
      {props.truncated && (
        <p className="mb-4 text-muted text-sm">More happened than is kept: these are the newest.</p>
      )}
      <ol data-testid="timeline" className="flex flex-col">
        {props.timeline.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are only ever added at the end
          <Entry key={index} kind={props.kind} entry={entry} />
        ))}
      </ol>
    </Card>
  )
}

function Entry({ kind, entry }: { kind: MediaKind; entry: TimelineEntry }) {
  const { text, look } = timelineWords(kind, entry)
  const who = whoIs(entry)
  const why = whyOf(entry)
  return (
    <li data-kind={entry.kind} className="group flex gap-4 text-sm">
      <div className="flex flex-col items-center pt-1.5">
        <span aria-hidden className={`size-2 shrink-0 rounded-full ${dots[look]}`} />
        <span aria-hidden className="w-px grow bg-line group-last:hidden" />
      </div>
      <div className="flex min-w-0 grow flex-wrap items-baseline justify-between gap-x-6 pb-4 group-last:pb-0">
        <p className="min-w-0 break-words">
          {who && <span className={entry.identity ? 'font-medium' : 'font-mono text-xs'}>{who} </span>}
          {text}
          {why && <span className="text-muted">: {why}</span>}
        </p>
        <p className="text-muted text-xs tabular-nums">
          <Time at={entry.at} shown={timeOfDay(entry.at)} />
        </p>
      </div>
    </li>
  )
}
