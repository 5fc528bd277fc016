/** Does what a step of a call asks for (`domain/call.ts`), once the step is stored. */
import type { ServerFrame } from '@radist-tech/protocol'
import type { CallFacts } from '../domain/call-state.ts'
import type { CallEffect } from '../domain/call-turn.ts'
import type { Entry } from '../domain/entry-gate.ts'
import { slotOf } from '../domain/frame-buffer.ts'
import { frameErrorMessages } from '../domain/frame-gate.ts'
import type { CallIceServers } from './call-ice-servers.ts'
import type { CallSockets } from './call-sockets.ts'
import type { CallStore } from './call-store.ts'
import type { CallVisitors } from './call-visitors.ts'

/** A socket that is about to be let in. */
export interface Newcomer {
  entry: Entry
  socket: WebSocket
  reconnectToken: string
}

type Greeting = Extract<CallEffect, { type: 'greet' }>

export class CallEffects {
  readonly #store: CallStore
  readonly #sockets: CallSockets
  readonly #iceServers: CallIceServers
  readonly #visitors: CallVisitors

  constructor(store: CallStore, sockets: CallSockets, iceServers: CallIceServers, visitors: CallVisitors) {
    this.#store = store
    this.#sockets = sockets
    this.#iceServers = iceServers
    this.#visitors = visitors
  }

  perform(effect: CallEffect, facts: CallFacts, newcomer: Newcomer | null): void {
    switch (effect.type) {
      case 'greet':
        if (newcomer) this.#greet(effect, facts, newcomer)
        return
      case 'post':
        if (effect.send) this.#sockets.send(effect.to, effect.text)
        return
      case 'refuse-frame': {
        const { peerId, code } = effect
        this.#sockets.say(peerId, { type: 'error', code, message: frameErrorMessages[code] })
        return
      }
      case 'hang-up':
        this.#sockets.hangUp(effect, effect.why)
        return
      case 'tombstoned':
        for (const peerId of effect.tell)
          this.#sockets.say(peerId, { type: 'call-ended', reason: effect.reason })
        return
      case 'drop-frames':
      case 'forget-frames':
        return
    }
  }

  #greet(effect: Greeting, facts: CallFacts, { socket, reconnectToken }: Newcomer): void {
    const { peerId, connection, polite, peers } = effect
    const { callId, accessControl, createdAt } = facts
    this.#sockets.accept(socket, { peerId, connection })
    this.#sockets.say(peerId, {
      type: 'connected',
      peerId,
      reconnectToken,
      polite,
      iceServers: [...this.#iceServers.of(peerId, Date.now()), ...this.#visitors.iceServers],
      call: { callId, createdAt: new Date(createdAt).toISOString(), accessControl, peers },
    } satisfies ServerFrame)
    for (const seq of effect.resend) this.#sockets.send(peerId, this.#store.frameText(slotOf(polite, seq)))
  }
}
