/** TLS by the host itself, with a certificate that is renewed while it runs. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, expect, it } from 'vitest'
import { readCertificate } from './http/certificate.ts'
import { ControlPlaneStub } from './testing/control-plane-stub.ts'
import { eventually, exited, metricsOf, startProcess, valueIn } from './testing/host-process.ts'
import { type Environment, freePorts, hostEnvironment } from './testing/test-host.ts'

const directory = mkdtempSync(join(tmpdir(), 'radist-tls-'))
afterAll(() => rmSync(directory, { recursive: true }))
const files = { certificate: join(directory, 'host.crt'), key: join(directory, 'host.key') }

/** A new certificate in place of the one before, as its renewal would put it there. */
function makeCertificate(name: string, days: number): void {
  const [certificate, key] = [`${files.certificate}.new`, `${files.key}.new`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-days', String(days), '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  const args = ['req', ...kind, ...subject, '-out', certificate, '-keyout', key]
  execFileSync('openssl', args, { stdio: 'ignore' })
  renameSync(certificate, files.certificate)
  renameSync(key, files.key)
}

async function servedName(port: string | undefined): Promise<string> {
  const socket = tlsConnect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

/** In the very instant of the change a connection may be reset: see `HttpServer`. */
const servedNameOrReset = (port: string | undefined) => servedName(port).catch(() => 'reset')

it('is served, and a renewed certificate is taken without ending what is open', async () => {
  makeCertificate('first', 2)
  const controlPlane = await ControlPlaneStub.start()
  const plain = await hostEnvironment(controlPlane)
  const operatorPort = await freePorts(1)
  const environment: Environment = {
    ...plain,
    RADIST_SFU_WORKERS: '1',
    RADIST_LOG_LEVEL: 'info',
    RADIST_SFU_PUBLIC_URL: plain.RADIST_SFU_PUBLIC_URL?.replace('http:', 'https:') ?? '',
    RADIST_SFU_TLS_CERTIFICATE: files.certificate,
    RADIST_SFU_TLS_KEY: files.key,
    RADIST_SFU_METRICS_PORT: String(operatorPort),
  }
  const { child, logged } = await startProcess(controlPlane, environment)
  const port = environment.RADIST_SFU_PORT
  const daysLeft = async () => {
    const text = await metricsOf(`http://127.0.0.1:${operatorPort}`)
    const at = valueIn(text, 'radist_sfu_certificate_expiry_timestamp_seconds{source="file"}') ?? 0
    return Math.round((at - Date.now() / 1000) / 86_400)
  }
  const comesToServe = (name: string) =>
    eventually(
      () => servedNameOrReset(port),
      (served) => served === name,
      // Without a signal it is seen within 10 s.
      20_000,
    )
  expect(await servedName(port)).toBe('first')
  expect(await daysLeft()).toBe(2)
  const open = tlsConnect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
  await once(open, 'secureConnect')

  makeCertificate('second', 5)
  child.kill('SIGHUP')
  expect(await comesToServe('second')).toBe('second')
  // Every connection from now on, not one of two.
  for (let i = 0; i < 8; i++) expect(await servedName(port)).toBe('second')
  expect(await daysLeft()).toBe(5)
  open.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = await once(open, 'data')
  expect(String(answer)).toContain('200 OK')
  open.destroy()

  makeCertificate('third', 9)
  expect(await comesToServe('third')).toBe('third')

  rmSync(files.key)
  child.kill('SIGHUP')
  const refused = 'the certificate is not renewed: the former one stays in use'
  await eventually(
    () => logged,
    (lines) => lines.some(({ msg }) => msg === refused),
  )
  expect(logged.map(({ msg }) => msg)).toContain(refused)
  expect(await servedName(port)).toBe('third')
  expect(await daysLeft()).toBe(9)
  child.kill('SIGTERM')
  expect(await exited(child)).toBe(0)
  await controlPlane.down()
})

it('is not begun with files that are no certificate and its key: the variable is named', () => {
  makeCertificate('one', 2)
  renameSync(files.key, `${files.key}.former`)
  expect(() => readCertificate(files)).toThrow('RADIST_SFU_TLS_KEY: cannot be read (ENOENT)')
  makeCertificate('another', 2)
  renameSync(`${files.key}.former`, files.key)
  expect(() => readCertificate(files)).toThrow('RADIST_SFU_TLS_KEY: is not the key of the certificate')
  expect(() => readCertificate({ ...files, certificate: files.key })).toThrow(/^RADIST_SFU_TLS_CERTIFICATE: /)
})
