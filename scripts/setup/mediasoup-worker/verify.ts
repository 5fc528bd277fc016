/** Proves that a worker binary answers mediasoup's Node side: `node verify.ts BINARY`. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as Mediasoup from 'mediasoup'
import { repositoryRoot } from '../../paths.ts'

// Resolved as the SFU host does it, since it is the host's dependency and not that of the scripts.
const require = createRequire(join(repositoryRoot, 'apps', 'sfu', 'package.json'))
const mediasoup: typeof Mediasoup = require('mediasoup')

const [workerBin] = process.argv.slice(2)
if (!workerBin) throw new Error('usage: node verify.ts BINARY')
const worker = await mediasoup.createWorker({ workerBin })
const router = await worker.createRouter({
  mediaCodecs: [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 }],
})
await router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] })
worker.close()
