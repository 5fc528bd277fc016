/** A thread with a UDP socket that is never read: what is sent there is dropped by the kernel, which counts it, at no cost to anyone. */
import { createSocket } from 'node:dgram'
import { parentPort } from 'node:worker_threads'

const socket = createSocket('udp4')
socket.bind(0, '127.0.0.1', () => {
  parentPort?.postMessage(socket.address().port)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
