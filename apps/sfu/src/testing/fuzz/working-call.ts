/** `working-call.ts <origin> <token> <token>`: prints `works` once one has seen and heard the other. */
import { PUBLIC_KEY } from '../control-plane-stub.ts'
import { decoded, MediaClient } from '../media-client.ts'
import { TestParticipant } from '../test-participant.ts'

const [origin = '', ...tokens] = process.argv.slice(2)
const [sender, receiver] = tokens.map(
  (roomToken) => new TestParticipant(origin, { publicKey: PUBLIC_KEY, roomToken }),
)
if (!sender || !receiver) throw new Error('two tokens are needed')

const sending = await MediaClient.open(sender)
const receiving = await MediaClient.open(receiver)
await sending.publishVideo()
await sending.publishAudio()
for (let i = 0; i < 2; i++) {
  const { producer } = await receiver.notified('producerAdded')
  await decoded(await receiving.consume(producer), 10)
}
process.stdout.write('works\n', () => process.exit(0))
