/** One generated history, happening to the pure rules and told by the oracle; throws where the two differ. */
import { isDeepStrictEqual } from 'node:util'
import type { ToldEvent } from '../domain/webhook-events.ts'
import { type CallHistory, commandOf } from './call-actions.ts'
import { requireDocumented } from './call-answers.ts'
import { type CallCommand, compare, type Outcome } from './call-commands.ts'
import { CallOracle } from './call-oracle.ts'
import { PureCall } from './pure-call.ts'

const CREATED_AT = 1_000_000_000

/** Answers how often each thing happened in it. */
export function checkHistory({ accessControl, ttlMs, actions }: CallHistory): ReadonlyMap<string, number> {
  const oracle = new CallOracle(accessControl, ttlMs, CREATED_AT)
  const call = new PureCall(accessControl, ttlMs, CREATED_AT)
  const rules = new Rules()
  for (const [step, action] of actions.entries()) {
    const command = commandOf(action, oracle)
    if (!command) continue
    try {
      const expected = oracle.expect(command)
      const outcome = call.perform(command)
      compare(expected, outcome)
      // What is due is seen to only when the call is told of anything.
      if (command.do !== 'die' && !(command.do === 'wait' && !command.wakes)) compareStates(oracle, call)
      rules.check(command, outcome, call)
    } catch (error) {
      const what = JSON.stringify(command, (_, value) => (Array.isArray(value) ? value.length : value))
      throw new Error(`step ${step + 1}, ${what}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (!isDeepStrictEqual(call.timeline, oracle.timeline))
    throw new Error(
      `the timeline is ${JSON.stringify(call.timeline)}, not ${JSON.stringify(oracle.timeline)}`,
    )
  return oracle.tally
}

function compareStates(oracle: CallOracle, call: PureCall): void {
  const { over, places, waitingTokens, dueAt, hasConnected: everConnected } = oracle
  const everJoined = oracle.everyone.length
  const told = { over, places, waitingTokens, dueAt, everJoined, everConnected }
  const seen = call.look()
  if (!isDeepStrictEqual(seen, told))
    throw new Error(`the state is ${JSON.stringify(seen)}, not ${JSON.stringify(told)}`)
}

/** What has to hold in every history, said without the oracle, which could be as wrong as the machine. */
class Rules {
  readonly #admitted = new Map<number, number>()
  /** The newest number that came over each socket. */
  readonly #newest = new Map<number, number>()
  #over: ReturnType<PureCall['look']>['over'] = null
  /** What webhooks must have been told so far, as it is seen from outside. */
  readonly #seen: ToldEvent['type'][] = []

  check(command: CallCommand, { answers, arrived }: Outcome, call: PureCall): void {
    const { over, places, waitingTokens } = call.look()
    requireDocumented(command, answers)
    if (places.length > 2) throw new Error('more than two peers')
    if (places.length === 2 && places.every(({ connected }) => connected) && waitingTokens > 0)
      throw new Error('tokens wait though both are connected')
    if (command.do === 'join') {
      const admitted =
        (this.#admitted.get(command.token) ?? 0) + answers.filter((each) => each === 'ok').length
      if (admitted > 1) throw new Error('a token admitted twice')
      this.#admitted.set(command.token, admitted)
    }
    if (this.#over && !isDeepStrictEqual(over, this.#over)) throw new Error('a tombstone was changed')
    this.#over = over
    this.#sees('call.started', places.length > 0)
    this.#sees('call.connected', places.length === 2 && places.every(({ connected }) => connected))
    this.#sees('call.ended', over !== null)
    const told = call.told.map(({ type }) => type)
    if (!isDeepStrictEqual(told, this.#seen)) throw new Error(`webhooks were told ${told}, not ${this.#seen}`)
    for (const [socket, arrivals] of arrived) {
      for (const arrival of arrivals) {
        if (!('seq' in arrival)) continue
        if (arrival.seq <= (this.#newest.get(socket) ?? 0))
          throw new Error('a frame came twice, or out of order')
        this.#newest.set(socket, arrival.seq)
      }
    }
    call.checkStorage()
  }

  #sees(type: ToldEvent['type'], holds: boolean): void {
    if (holds && !this.#seen.includes(type)) this.#seen.push(type)
  }
}
