/**
 * `data-reader.ts <origin> <token>`: a participant that can be stopped with SIGSTOP. Prints `ready`, then of each
 * reliable message its text, and `lost <count>` where some are missing.
 */
import { PUBLIC_KEY } from './control-plane-stub.ts'
import { MediaClient } from './media-client.ts'
import { ReceivedData } from './received-data.ts'
import { TestParticipant } from './test-participant.ts'

const [origin = '', roomToken = ''] = process.argv.slice(2)
const media = await MediaClient.open(new TestParticipant(origin, { publicKey: PUBLIC_KEY, roomToken }))
const received = new ReceivedData()
await media.receivingData('reliable', (frame) => received.take(frame))
console.log('ready')
for (;;) {
  const frame = await received.next(60_000)
  console.log(frame.type === 'lost' ? `lost ${frame.count}` : Buffer.from(frame.payload).toString().trimEnd())
}
