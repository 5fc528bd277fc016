/** Participants who do nothing wrong while others do: in the attacked room and in another one. Nothing of theirs may change. */
import type { AssignedRoom, ControlPlaneStub } from '../control-plane-stub.ts'
import type { TestParticipant } from '../test-participant.ts'
import { idOf, type Owner } from './hostile-frames.ts'

const vp8 = (ssrc: number) => ({
  codecs: [{ mimeType: 'video/VP8' as const, payloadType: 101, clockRate: 90_000 }],
  encodings: [{ ssrc }],
  headerExtensions: [],
  rtcp: { cname: 'bystander' },
})

/** How long an attacker that went without a word keeps its place: soon after the attack, all are gone. */
const GRACE_SECONDS = 1

/** Events about what a participant has itself: none of them may come to a bystander. */
const OWN_EVENTS: ReadonlySet<string> = new Set(['consumerClosed', 'closed', 'resumed', 'mediaReset'])

/** Two participants of one room: the first publishes, the second receives it. */
export class Bystanders {
  readonly room: AssignedRoom
  /** Their ids, by the placeholders that stand for them. */
  readonly ids: ReadonlyMap<string, string>
  readonly #publisher: TestParticipant
  readonly #receiver: TestParticipant
  readonly #participantIds: ReadonlySet<string>
  readonly #producerId: string
  readonly #consumerId: string

  private constructor(
    room: AssignedRoom,
    [publisher, receiver]: [TestParticipant, TestParticipant],
    participantIds: string[],
    ids: Map<string, string>,
    own: { producerId: string; consumerId: string },
  ) {
    this.room = room
    this.ids = ids
    this.#publisher = publisher
    this.#receiver = receiver
    this.#participantIds = new Set(participantIds)
    this.#producerId = own.producerId
    this.#consumerId = own.consumerId
  }

  static async enter(
    controlPlane: ControlPlaneStub,
    join: (room: AssignedRoom) => Promise<TestParticipant>,
    owner: Owner,
  ): Promise<Bystanders> {
    const room = await controlPlane.assign({ graceSeconds: GRACE_SECONDS })
    const [publisher, receiver] = [await join(room), await join(room)]
    const { participantId } = await publisher.notified('joined')
    const { participantId: receiverId, routerRtpCapabilities } = await receiver.notified('joined')
    const send = await publisher.request('createTransport', { direction: 'send' })
    const { producerId } = await publisher.request('produce', {
      transportId: send.transportId,
      kind: 'video',
      source: 'camera',
      rtpParameters: vp8(22_222_222),
    })
    const recv = await receiver.request('createTransport', { direction: 'recv' })
    const { consumerId } = await receiver.request('consume', {
      transportId: recv.transportId,
      producerId,
      rtpCapabilities: routerRtpCapabilities,
    })
    await receiver.request('resumeConsumer', { consumerId })
    const ids = new Map([
      [idOf(owner, 'send'), send.transportId],
      [idOf(owner, 'recv'), recv.transportId],
      [idOf(owner, 'producer'), producerId],
      [idOf(owner, 'consumer'), consumerId],
    ])
    return new Bystanders(room, [publisher, receiver], [participantId, receiverId], ids, {
      producerId,
      consumerId,
    })
  }

  /** @throws when anything of theirs is not as it was */
  async expectUntouched(): Promise<void> {
    const producerId = this.#producerId
    for (const participant of [this.#publisher, this.#receiver]) {
      if (participant.closed) throw new Error(`a bystander was closed: ${JSON.stringify(participant.closed)}`)
      await participant.request('ping', {})
      for (const { event, data } of participant.notifications.splice(0)) {
        if (OWN_EVENTS.has(event) || (event !== 'joined' && this.#isAboutUs(data)))
          throw new Error(`a bystander was told ${event}: ${JSON.stringify(data)}`)
      }
      participant.responses.length = 0
    }
    // They are found, and answer to their owners: neither closed nor handed to anyone else.
    await this.#publisher.request('resumeProducer', { producerId })
    await this.#receiver.request('requestKeyFrame', { consumerId: this.#consumerId })
  }

  /** Their own coming is told before anything hostile happens. */
  #isAboutUs(data: unknown): boolean {
    if (typeof data !== 'object' || data === null || !('participantId' in data)) return false
    return this.#participantIds.has(String(data.participantId))
  }

  /** Reads what their own coming brought. */
  settle(): void {
    for (const participant of [this.#publisher, this.#receiver]) participant.notifications.length = 0
  }

  async leave(): Promise<void> {
    await Promise.all([this.#publisher.drop(), this.#receiver.drop()])
  }
}
