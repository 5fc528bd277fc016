/**
 * `data-reader.ts <origin> <token>`: a participant that can be stopped with SIGSTOP. Prints `ready`, then of each
 * reliable message its text, and `lost <count>` where some are missing.
 */
import { PUBLIC_KEY } from './control-plane-stub.ts'
import { MediaDevice } from './media-device.ts'
import { TestParticipant } from './test-participant.ts'

const [origin = '', roomToken = ''] = process.argv.slice(2)
const media = await MediaDevice.open(new TestParticipant(origin, { publicKey: PUBLIC_KEY, roomToken }))
const received = await media.receivingData('reliable')
console.log('ready')
for (;;) {
  const frame = await received.next(60_000)
  console.log(frame.type === 'lost' ? `lost ${frame.count}` : Buffer.from(frame.payload).toString().trimEnd())
}
