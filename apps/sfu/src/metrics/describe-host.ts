/** Which of the host's parts are asked for what when the metrics are read. Each answer is at hand already. */
import type { Enrolment } from '../control-plane/enrolment.ts'
import type { Certificate } from '../http/certificate.ts'
import type { Health } from '../http/http-routes.ts'
import type { Journal } from '../journal/journal.ts'
import type { WorkerPool } from '../media/worker-pool.ts'
import type { Rooms } from '../room/rooms.ts'
import type { HostMetrics } from './host-metrics.ts'
import type { MediaCensus } from './media-census.ts'

export interface DescribedHost {
  rooms: Rooms
  pool: WorkerPool
  census: MediaCensus
  journal: Journal
  enrolment: Enrolment
  health: () => Health
  sockets: () => number
  certificate: () => Certificate | null
}

export function describeHost(metrics: HostMetrics, host: DescribedHost): void {
  const { rooms, pool, census, journal, enrolment, health } = host
  metrics.gauge('ready', '1 when the host takes new rooms', () => (health().reasons.length === 0 ? 1 : 0))
  metrics.gauges('not_ready', '1 for each reason why the host takes no new rooms', 'reason', () =>
    health().reasons.map((reason) => [reason, 1] as const),
  )
  metrics.gauge(
    'control_plane_silence_seconds',
    'Since when no report was taken',
    () => enrolment.silentMs / 1000,
  )
  metrics.gauge('rooms', 'Rooms assigned to the host', () => rooms.all.length)
  metrics.gauge('participants', 'Participants, those whose place is kept included', () => rooms.participants)
  metrics.gauge('sockets', 'Open signaling sockets', host.sockets)
  metrics.gauge('transports', 'Participants’ media transports', () => census.transports)
  metrics.gauges('media_entities', 'Producers and consumers, by kind', 'kind', () => census.counts)
  metrics.gauges('media_bitrate', 'Bits per second over participants’ transports', 'direction', () =>
    Object.entries(census.bitrate),
  )
  metrics.gauges('worker_up', '1 while the media worker runs', 'worker', () =>
    pool.slots.map((worker, index) => [String(index), worker ? 1 : 0] as const),
  )
  metrics.gauges('worker_cpu_ratio', 'Share of a core that the media worker uses', 'worker', () =>
    pool.slots.map((worker, index) => [String(index), worker?.cpu ?? 0] as const),
  )
  metrics.gauge('journal_writable', '1 while the journal takes writes', () =>
    health().journal.failure === null ? 1 : 0,
  )
  metrics.gauges(
    'journal_entries',
    'What lies in the journal: waiting to be delivered, or refused',
    'kind',
    () => {
      const { usage, rejectedUsage, departures } = journal.depth()
      return Object.entries({ usage, rejected: rejectedUsage, departures })
    },
  )
  metrics.gauge('journal_oldest_usage_seconds', 'Age of the oldest record that waits', () => {
    const oldestAt = journal.oldestUsageAt()
    return oldestAt === null ? 0 : Math.max(0, (Date.now() - oldestAt) / 1000)
  })
  metrics.gauge(
    'journal_damaged',
    'Damaged journals that were set aside and still lie there',
    () => journal.damaged,
  )
  metrics.gauges('certificate_expiry_timestamp_seconds', 'When the TLS certificate expires', 'source', () => {
    const certificate = host.certificate()
    return certificate ? [['file', certificate.expiresAt / 1000] as const] : []
  })
}
