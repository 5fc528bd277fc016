/** A participant's page as a process of its own, which a test starts and asks over IPC: see `media-device.ts`. */
import { roomResponseSchema } from '@radist-tech/protocol'
import type { types } from 'mediasoup-client'
import { Calls } from './calls.ts'
import { decoded, MediaClient } from './media-client.ts'
import {
  type Arrival,
  type HostRequest,
  type PageCall,
  pageCallSchema,
  pageNewsSchema,
} from './media-page-calls.ts'
import { answerTo } from './test-participant.ts'

const clients: MediaClient[] = []
const consumers = new Map<string, types.Consumer>()
const dataProducers = new Map<string, types.DataProducer>()

const calls = new Calls<HostRequest | Arrival>({
  send: (message) => process.send?.(message),
  answer: (what) => answer(pageCallSchema.parse(what)),
  told: (what) => {
    const { dataProducerId, frame } = pageNewsSchema.parse(what)
    known(dataProducers.get(dataProducerId)).send(frame)
  },
})
process.on('message', (message) => calls.take(message))
// The test is over, or its process has died.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

async function answer(call: PageCall): Promise<unknown> {
  switch (call.method) {
    case 'open': {
      const client = await MediaClient.of(
        {
          request: async (method, data) =>
            answerTo(method, roomResponseSchema.parse(await calls.call({ method, data }))),
        },
        call.routerRtpCapabilities,
      )
      return { client: clients.push(client) - 1, rtpCapabilities: client.rtpCapabilities }
    }
    case 'publish': {
      const client = known(clients[call.client])
      const producer = await (call.kind === 'video' ? client.publishVideo() : client.publishAudio())
      return { id: producer.id, rtpParameters: producer.rtpParameters }
    }
    case 'consume': {
      const consumer = await known(clients[call.client]).consume(call)
      consumers.set(consumer.id, consumer)
      return { id: consumer.id }
    }
    case 'decode':
      return decoded(known(consumers.get(call.consumerId)), call.count)
    case 'sendData': {
      const producer = await known(clients[call.client]).sendingData(call.channel)
      dataProducers.set(producer.id, producer)
      return producer.id
    }
    case 'receiveData':
      return known(clients[call.client]).receivingData(call.channel, (frame) =>
        calls.tell({ into: call.into, frame }),
      )
    case 'readBuffered':
      return known(dataProducers.get(call.dataProducerId)).bufferedAmount
    case 'readReceived':
      return known(clients[call.client]).received()
  }
}

function known<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('the page has no such thing')
  return thing
}
