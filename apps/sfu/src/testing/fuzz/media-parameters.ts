/** What mediasoup is handed: right, and wrong in the ways that only mediasoup can see. */
import fc from 'fast-check'

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid'
const RID = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id'
const ABS_SEND_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time'

const anySsrc = fc.constantFrom(0, 1, 22_222_222, 22_222_223, 2 ** 32 - 1, 2 ** 32, -1, 1.5)
const anyPayloadType = fc.constantFrom(0, 63, 96, 101, 102, 127, 128, 255, 256, -1)
const anyMid = fc.constantFrom('', '0', 'a', 'x'.repeat(255), 'x'.repeat(256), '🦊', '\u0000')
const anyExtensionId = fc.constantFrom(-1, 0, 1, 14, 15, 16, 255, 256, 65_536, 1.5)

const codec = fc.record(
  {
    mimeType: fc.constantFrom(
      'video/VP8',
      'video/VP9',
      'video/H264',
      'video/AV1',
      'audio/opus',
      'video/rtx',
      'audio/PCMU',
      'video/x',
      'VP8',
      'video/',
    ),
    payloadType: anyPayloadType,
    clockRate: fc.constantFrom(90_000, 48_000, 0, 1, -1, 2 ** 32),
    channels: fc.constantFrom(1, 2, 0, 255, 256, 1000),
    parameters: fc.constantFrom(
      {},
      { apt: 101 },
      { apt: 250 },
      { apt: 'x' },
      { 'packetization-mode': 1, 'profile-level-id': '42e01f' },
      { 'profile-level-id': 'zzzzzz' },
      { 'profile-id': 99 },
      { useinbandfec: [1, 2, 3] },
    ),
    rtcpFeedback: fc.constantFrom(
      [],
      [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
      [{ type: 'x'.repeat(500) }],
      [{}],
    ),
  },
  { requiredKeys: ['mimeType', 'payloadType', 'clockRate'] },
)

const encoding = fc.record(
  {
    ssrc: anySsrc,
    rid: fc.constantFrom('q', 'h', 'f', '', 'r'.repeat(300), 'q;h'),
    rtx: fc.record({ ssrc: anySsrc }),
    codecPayloadType: anyPayloadType,
    dtx: fc.boolean(),
    maxBitrate: fc.constantFrom(0, 1, 2 ** 32, -1),
    scalabilityMode: fc.constantFrom('L1T1', 'L1T3', 'L3T3_KEY', 'L9T9', 'S3T3', 'L0T0', 'L99T99', 'x'),
  },
  { requiredKeys: [] },
)

const headerExtension = fc.record({
  uri: fc.constantFrom(MID, RID, ABS_SEND_TIME, 'urn:x', ''),
  id: anyExtensionId,
  encrypt: fc.boolean(),
  parameters: fc.constantFrom({}, { x: 1 }),
})

/** A sender's camera as a browser describes it, with three simulcast layers. */
export const validVideo = {
  mid: '0',
  codecs: [
    {
      mimeType: 'video/VP8',
      payloadType: 101,
      clockRate: 90_000,
      parameters: {},
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
    },
    {
      mimeType: 'video/rtx',
      payloadType: 102,
      clockRate: 90_000,
      parameters: { apt: 101 },
      rtcpFeedback: [],
    },
  ],
  encodings: ['q', 'h', 'f'].map((rid) => ({ rid, scalabilityMode: 'L1T3' })),
  headerExtensions: [
    { uri: MID, id: 1 },
    { uri: RID, id: 2 },
  ],
  rtcp: { cname: 'hostile', reducedSize: true },
}

const validAudio = fc.constant({
  mid: '1',
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2, parameters: {} }],
  encodings: [{ ssrc: 22_222_222 }],
  headerExtensions: [{ uri: MID, id: 1 }],
  rtcp: { cname: 'hostile' },
})

export const rtpParameters: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(validVideo) },
  { weight: 2, arbitrary: validAudio },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        mid: anyMid,
        codecs: fc.array(codec, { maxLength: 5, size: 'max' }),
        encodings: fc.array(encoding, { maxLength: 40, size: 'max' }),
        headerExtensions: fc.array(headerExtension, { maxLength: 20, size: 'max' }),
        rtcp: fc.record({ cname: fc.constantFrom('x', '', 'c'.repeat(10_000)), reducedSize: fc.boolean() }),
      },
      { requiredKeys: ['codecs', 'encodings'] },
    ),
  },
)

/** `router` stands for the capabilities that the host itself has told. */
export const ROUTER_CAPABILITIES = '$router'
export const rtpCapabilities: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(ROUTER_CAPABILITIES) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        codecs: fc.array(
          codec.map(({ payloadType, ...rest }) => ({
            ...rest,
            kind: rest.mimeType.split('/')[0],
            preferredPayloadType: payloadType,
          })),
          { maxLength: 6, size: 'max' },
        ),
        headerExtensions: fc.array(
          fc.record({
            kind: fc.constantFrom('audio', 'video', ''),
            uri: fc.constantFrom(MID, 'urn:x'),
            preferredId: anyExtensionId,
          }),
          { maxLength: 20, size: 'max' },
        ),
      },
      { requiredKeys: [] },
    ),
  },
)

const hexPairs = (count: number) => Array.from({ length: count }, () => 'AB').join(':')
const fingerprint = fc.record({
  algorithm: fc.constantFrom('sha-256', 'sha-1', 'sha-512', 'md5', 'SHA-256', ''),
  value: fc.constantFrom(
    hexPairs(32),
    hexPairs(20),
    hexPairs(1000),
    hexPairs(32).toLowerCase(),
    'zz',
    '',
    ':',
  ),
})

export const dtlsParameters: fc.Arbitrary<unknown> = fc.record(
  {
    role: fc.constantFrom('client', 'server', 'auto', 'both', ''),
    fingerprints: fc.oneof(
      fc.array(fingerprint, { maxLength: 4, size: 'max' }),
      fingerprint.map((one) => Array.from({ length: 300 }, () => one)),
    ),
  },
  { requiredKeys: ['fingerprints'] },
)
