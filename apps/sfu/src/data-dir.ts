/** The host's directory: made if missing, held by one process at a time. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Holds a data directory for this process. A second host on it would report the first one's open
 * progress as that of a crash. SQLite's lock is the kernel's, so a killed process leaves none behind.
 */
export class DataDir {
  readonly path: string
  readonly #lock: DatabaseSync

  /** @throws when the directory cannot be written, or another process holds it */
  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true, mode: 0o700 })
    this.#lock = new DatabaseSync(join(path, 'lock'))
    try {
      this.#lock.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#lock.close()
      throw new Error('RADIST_SFU_DATA_DIR: held by another process, or not writable', { cause: error })
    }
  }

  close(): void {
    this.#lock.close()
  }
}
