/** Where a run keeps its data: in memory where there is room, since every write of a host is flushed to the disk. */
import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Several times what a batch of the largest size needs. */
const NEEDED_BYTES = 1 << 30

/** A new folder, to be removed by the caller. */
export const newBatchFolder = (): string =>
  mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : tmpdir(), 'radist-billing-faults-'))

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= NEEDED_BYTES
  } catch {
    return false
  }
}
