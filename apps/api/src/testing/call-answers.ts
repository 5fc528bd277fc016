/** What each thing that one asks of a call may be answered, as `docs/calls.md` and the API's reference list it. */
import type { CallAnswer, CallCommand } from './call-commands.ts'

const documented: Partial<Record<CallCommand['do'], readonly CallAnswer[]>> = {
  mint: ['ok', 'call_is_private', 'call_terminated', 'all_peers_connected', 'too_many_requests'],
  join: ['ok', 'invalid_call_token', 'expired_call_token', 'all_peers_connected', 'call_terminated'],
  reconnect: ['ok', 'invalid_reconnect_token', 'call_terminated'],
  end: ['ok', 'call_terminated'],
}

export function requireDocumented(command: CallCommand, answers: readonly CallAnswer[]): void {
  const listed = documented[command.do] ?? []
  const stranger = answers.find((answer) => !listed.includes(answer))
  if (stranger !== undefined)
    throw new Error(`${command.do} is answered ${stranger}, which is not documented`)
}

/** Everything that generated histories have to come to, or they prove little. */
export const documentedAnswers: readonly string[] = Object.entries(documented).flatMap(([command, answers]) =>
  answers.map((answer) => `${command} ${answer}`),
)
