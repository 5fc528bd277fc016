/**
 * A participant's media in tests. libwebrtc's binding is known to end its process by faults of its clean-up: when
 * connections close, and when what it made is collected as garbage (WonderInventions/node-webrtc#35, node-webrtc#576).
 * So each participant has a process of its own for it, as each page has in a browser, which closes nothing and is
 * killed when the test has done with it. One that dies before fails what waits for it, with its signal in the error.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { DataChannel, ProducerInfo } from '@radist-tech/protocol'
import type { types } from 'mediasoup-client'
import { z } from 'zod'
import { Calls } from './calls.ts'
import {
  arrivalSchema,
  consumedSchema,
  hostRequestSchema,
  openedSchema,
  type PageCall,
  type PageNews,
  publishedSchema,
  receivedSchema,
} from './media-page-calls.ts'
import { ReceivedData } from './received-data.ts'
import type { TestParticipant } from './test-participant.ts'

export class MediaDevice {
  readonly rtpCapabilities: types.RtpCapabilities
  readonly #page: Page
  readonly #client: number

  private constructor(page: Page, { client, rtpCapabilities }: z.infer<typeof openedSchema>) {
    this.#page = page
    this.#client = client
    this.rtpCapabilities = rtpCapabilities
  }

  /** Of one who has just joined. */
  static async open(participant: TestParticipant): Promise<MediaDevice> {
    return MediaDevice.of(participant, (await participant.notified('joined')).routerRtpCapabilities)
  }

  /** Of one who is told that its media is gone. */
  static async reopen(participant: TestParticipant): Promise<MediaDevice> {
    return MediaDevice.of(participant, (await participant.notified('mediaReset')).routerRtpCapabilities)
  }

  /** In the participant's page, when it has one. */
  static async of(
    participant: TestParticipant,
    routerRtpCapabilities: types.RtpCapabilities,
  ): Promise<MediaDevice> {
    const page = Page.of(participant)
    return new MediaDevice(
      page,
      openedSchema.parse(await page.call({ method: 'open', routerRtpCapabilities })),
    )
  }

  /** Sends moving pictures. */
  async publishVideo() {
    return this.#publish('video')
  }

  /** Sends a loud tone. */
  async publishAudio() {
    return this.#publish('audio')
  }

  async consume({ producerId }: Pick<ProducerInfo, 'producerId'>): Promise<TestConsumer> {
    const call = { method: 'consume' as const, client: this.#client, producerId }
    const { id } = consumedSchema.parse(await this.#page.call(call))
    return new TestConsumer(this.#page, id)
  }

  /** Opens a data channel to the host. */
  async sendingData(channel: DataChannel): Promise<TestDataProducer> {
    const id = z.string().parse(await this.#page.call({ method: 'sendData', client: this.#client, channel }))
    return new TestDataProducer(this.#page, id)
  }

  /** Opens a data channel from the host. */
  async receivingData(channel: DataChannel): Promise<ReceivedData> {
    const { into, received } = this.#page.receives()
    await this.#page.call({ method: 'receiveData', client: this.#client, channel, into })
    return received
  }

  /** RTP packets received so far over all consumers, and those that are missing between them. */
  async received(): Promise<{ packets: number; lost: number }> {
    return receivedSchema.parse(await this.#page.call({ method: 'readReceived', client: this.#client }))
  }

  /** The process id of the participant's page. */
  get pid(): number {
    return this.#page.pid
  }

  /** Closes the participant's page, with all that was opened in it. */
  close(): void {
    this.#page.close()
  }

  async #publish(kind: 'audio' | 'video') {
    return publishedSchema.parse(await this.#page.call({ method: 'publish', client: this.#client, kind }))
  }
}

class TestConsumer {
  readonly id: string
  readonly #page: Page

  constructor(page: Page, id: string) {
    this.#page = page
    this.id = id
  }

  /** Settles when this many decoded video frames, or blocks of decoded sound, have come out. */
  async decoded(count: number): Promise<void> {
    await this.#page.call({ method: 'decode', consumerId: this.id, count })
  }
}

class TestDataProducer {
  readonly #page: Page
  readonly #id: string

  constructor(page: Page, id: string) {
    this.#page = page
    this.#id = id
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#page.tell({ dataProducerId: this.#id, frame })
  }

  /** Bytes that were sent and have not left yet. */
  async bufferedAmount(): Promise<number> {
    return z.number().parse(await this.#page.call({ method: 'readBuffered', dataProducerId: this.#id }))
  }
}

/** The process of a participant's media. */
class Page {
  static readonly #open = new WeakMap<TestParticipant, Page>()
  readonly #process: ChildProcess
  readonly #calls: Calls<PageCall | PageNews>
  readonly #received: ReceivedData[] = []
  readonly #ended = new AbortController()

  private constructor(participant: TestParticipant) {
    // Without vitest's own arguments, which the test's process has.
    this.#process = fork(join(import.meta.dirname, 'media-page.ts'), {
      serialization: 'advanced',
      execArgv: [],
    })
    this.#calls = new Calls({
      // That it is gone is told by its exit.
      send: (message) => this.#process.send(message, () => undefined),
      answer: async (what) => {
        const { method, data } = hostRequestSchema.parse(what)
        return participant.ask(method, data)
      },
      told: (what) => {
        const { into, frame } = arrivalSchema.parse(what)
        this.#received[into]?.take(frame)
      },
    })
    this.#process.on('message', (message) => this.#calls.take(message))
    this.#process.once('exit', (code, signal) => {
      const why = new Error(`the process of a participant’s media has ended: ${signal ?? code}`)
      // A test that waits for the host alone would not say it.
      if (!this.#ended.signal.aborted) console.error(why.message)
      this.#end(why)
    })
  }

  static of(participant: TestParticipant): Page {
    const open = Page.#open.get(participant)
    if (open && !open.#ended.signal.aborted) return open
    const page = new Page(participant)
    Page.#open.set(participant, page)
    return page
  }

  get pid(): number {
    const { pid } = this.#process
    if (pid === undefined) throw new Error('the process of a participant’s media did not start')
    return pid
  }

  call(call: PageCall): Promise<unknown> {
    return this.#calls.call(call)
  }

  tell(news: PageNews): void {
    this.#calls.tell(news)
  }

  /** A place for what a data channel brings. */
  receives(): { into: number; received: ReceivedData } {
    const received = new ReceivedData(this.#ended.signal)
    return { into: this.#received.push(received) - 1, received }
  }

  close(): void {
    this.#end(new Error('the participant’s page is closed'))
    this.#process.kill('SIGKILL')
  }

  #end(why: Error): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort(why)
    this.#calls.end(why)
  }
}
