/** Which host gets a room, and which are alive. Pure: the Fleet object keeps what is known of the hosts. */
import { type BootId, HEARTBEAT_INTERVAL_MS, HOST_SILENCE_LIMIT_MS, type HostId } from '@radist-tech/protocol'

export interface HostLoad {
  rooms: number
  participants: number
  /** 0 to 1, mean over the workers. */
  workerCpu: number
  state: 'ready' | 'draining' | 'impaired'
}

export interface KnownHost {
  hostId: HostId
  bootId: BootId
  maxParticipants: number
  /** When its last sign of life arrived, in milliseconds since 1970. */
  lastSeenAt: number
  load: HostLoad
  /** Whether an operator wants it drained: it gets no rooms from then on, whatever it reports. */
  drainAsked: boolean
  /** When rooms were given to it that its reported load may not count yet, in milliseconds since 1970. */
  recentAssignments: readonly number[]
}

/** How many participants a room is taken to get at least: it is created with two tokens. */
const EXPECTED_PER_ROOM = 2

/** Differences in CPU below this share are noise, by which rooms would all go to one host. */
const CPU_STEP = 0.1

export const isLive = (host: KnownHost, now: number): boolean =>
  now - host.lastSeenAt <= HOST_SILENCE_LIMIT_MS

/** What a host can be to a room that was given to one run of it. */
export type HostState = 'live' | 'draining' | 'lost'

/** A host that has restarted has forgotten its rooms: it is as lost as a silent one. */
export function hostState(host: KnownHost | undefined, bootId: BootId, now: number): HostState {
  if (!host || host.bootId !== bootId || !isLive(host, now)) return 'lost'
  return isDraining(host) ? 'draining' : 'live'
}

const isDraining = ({ drainAsked, load }: KnownHost): boolean => drainAsked || load.state === 'draining'

/** What a host is to those who look after it. */
export type ShownState = 'ready' | 'full' | 'draining' | 'impaired' | 'lost'

export function shownState(host: KnownHost, now: number): ShownState {
  if (!isLive(host, now)) return 'lost'
  if (isDraining(host)) return 'draining'
  if (host.load.state !== 'ready') return host.load.state
  return takesRooms(host, now) ? 'ready' : 'full'
}

/** The least loaded host that is live, ready, not full and not excluded; null when there is none. */
export function chooseHost(
  hosts: Iterable<KnownHost>,
  excluded: ReadonlySet<HostId>,
  now: number,
): KnownHost | null {
  let best: KnownHost | null = null
  for (const host of hosts) {
    if (excluded.has(host.hostId) || !takesRooms(host, now)) continue
    if (best === null || isLessLoaded(host, best)) best = host
  }
  return best
}

function takesRooms(host: KnownHost, now: number): boolean {
  const promised = host.load.participants + EXPECTED_PER_ROOM * host.recentAssignments.length
  const isReady = host.load.state === 'ready' && !host.drainAsked
  return isLive(host, now) && isReady && promised < host.maxParticipants
}

/** By the scarcer of CPU and places; then by places alone, rooms, and id, so that the choice is always the same. */
function isLessLoaded(a: KnownHost, b: KnownHost): boolean {
  const x = loadOf(a)
  const y = loadOf(b)
  if (x.scarcest !== y.scarcest) return x.scarcest < y.scarcest
  if (x.places !== y.places) return x.places < y.places
  if (x.rooms !== y.rooms) return x.rooms < y.rooms
  return a.hostId < b.hostId
}

function loadOf(host: KnownHost): { scarcest: number; places: number; rooms: number } {
  const rooms = host.load.rooms + host.recentAssignments.length
  const places = Math.max(host.load.participants, EXPECTED_PER_ROOM * rooms) / host.maxParticipants
  const cpu = Math.floor(host.load.workerCpu / CPU_STEP) * CPU_STEP
  return { scarcest: Math.max(cpu, places), places, rooms }
}

export const withAssignment = (host: KnownHost, now: number): KnownHost => ({
  ...host,
  recentAssignments: [...host.recentAssignments, now],
})

/**
 * The host after a heartbeat. A room given to it less than one interval ago may have missed this report,
 * and goes on counting beside it: for a moment twice rather than not at all.
 */
export const withHeartbeat = (host: KnownHost, load: HostLoad, now: number): KnownHost => ({
  ...host,
  load,
  lastSeenAt: now,
  recentAssignments: host.recentAssignments.filter((at) => now - at < HEARTBEAT_INTERVAL_MS),
})
