/** The host's certificate: read, checked, and looked at again when its files change. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { TlsFiles } from '../config.ts'

/** How often the files are looked at. They may be links that are set anew, so that no watch would do. */
const LOOK_INTERVAL_MS = 10_000

export interface Certificate {
  /** In ms since 1970. */
  expiresAt: number
  fingerprint: string
}

/** @throws in words for the operator, when the files are no certificate with its key */
export function readCertificate(files: TlsFiles): Certificate {
  const certificate = read(
    'RADIST_SFU_TLS_CERTIFICATE',
    () => new X509Certificate(readFileSync(files.certificate)),
  )
  const key = read('RADIST_SFU_TLS_KEY', () => createPrivateKey(readFileSync(files.key)))
  if (!certificate.checkPrivateKey(key))
    throw new Error('RADIST_SFU_TLS_KEY: is not the key of the certificate')
  return { expiresAt: Date.parse(certificate.validTo), fingerprint: certificate.fingerprint256 }
}

function read<T>(variable: string, readFile: () => T): T {
  try {
    return readFile()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Error(`${variable}: cannot be read (${code})`, { cause: error })
  }
}

/** Calls back when one of the files is another than before. */
export class CertificateWatch {
  readonly #files: TlsFiles
  readonly #timer: NodeJS.Timeout
  #seen: string

  constructor(files: TlsFiles, changed: () => void) {
    this.#files = files
    this.#seen = this.#look()
    this.#timer = setInterval(() => {
      const now = this.#look()
      if (now === this.#seen) return
      this.#seen = now
      changed()
    }, LOOK_INTERVAL_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): string {
    return [this.#files.certificate, this.#files.key]
      .map((file) => {
        const stats = statSync(file, { throwIfNoEntry: false })
        return stats ? `${stats.ino} ${stats.mtimeMs} ${stats.size}` : 'gone'
      })
      .join()
  }
}
