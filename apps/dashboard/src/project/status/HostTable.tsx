import { Badge, type BadgeLook } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { count } from '../../ui/format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import type { Host } from './StatusPage.tsx'

const states: Record<Host['state'], { name: string; look: BadgeLook }> = {
  ready: { name: 'Ready', look: 'good' },
  full: { name: 'Full', look: 'warning' },
  draining: { name: 'Draining', look: 'warning' },
  impaired: { name: 'Impaired', look: 'danger' },
  lost: { name: 'Lost', look: 'danger' },
}

/** All hosts, each with how busy it is. */
export function HostTable({ hosts, onDrain }: { hosts: readonly Host[]; onDrain: (host: Host) => void }) {
  return (
    <Table label="SFU hosts">
      <TableHead
        columns={[
          'Host',
          'State',
          'Region',
          'Busiest worker',
          { right: 'Rooms' },
          { right: 'Participants' },
          { hidden: 'Actions' },
        ]}
      />
      <tbody data-testid="hosts">
        {hosts.map((host) => (
          <TableRow key={host.hostId}>
            <Cell>
              <p className="whitespace-nowrap font-mono text-xs">{host.hostId}</p>
              <p className="mt-0.5 whitespace-nowrap text-muted text-xs">
                {new URL(host.signalingUrl).host}, version {host.version}
              </p>
            </Cell>
            <Cell>
              <Badge look={states[host.state].look}>{states[host.state].name}</Badge>
              <p className="mt-1 whitespace-nowrap text-muted text-xs">
                <Time at={host.lastSeenAt} ago />
              </p>
            </Cell>
            <Cell className="whitespace-nowrap text-muted">{host.region}</Cell>
            <Cell className="min-w-28">
              <p className="mb-1.5 whitespace-nowrap text-xs">
                {Math.round(host.workerCpu * 100)}%{' '}
                <span className="text-muted">of a core, {count(host.workers)} in all</span>
              </p>
              <Meter used={host.workerCpu} most={1} />
            </Cell>
            <Cell className="text-right">{count(host.rooms)}</Cell>
            <Cell className="whitespace-nowrap text-right">
              {count(host.participants)} <span className="text-muted">of {count(host.maxParticipants)}</span>
            </Cell>
            <Cell className="w-0 text-right">
              <Button
                look="secondary"
                size="sm"
                aria-label={`${host.drainAsked ? 'Undrain' : 'Drain'} ${host.hostId}`}
                onClick={() => onDrain(host)}
              >
                {host.drainAsked ? 'Undrain' : 'Drain'}
              </Button>
            </Cell>
          </TableRow>
        ))}
      </tbody>
    </Table>
  )
}
