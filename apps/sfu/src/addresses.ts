/** Looks at the addresses that the host is configured with, and says what seems wrong about them. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Config } from './config.ts'
import { addressWarnings } from './domain/address-warnings.ts'
import type { Logger } from './logger.ts'

/** Logs each doubt as a warning: it may be the network that is unusual. Never rejects. */
export async function warnOfAddresses({ publicUrl, listenHost, media }: Config, log: Logger): Promise<void> {
  const { listenIp, configuredAddress, announcedAddress } = media
  const warnings = addressWarnings({
    publicUrl,
    listenHost,
    mediaListenIp: listenIp,
    announcedAddress: configuredAddress,
    effectiveAddress: announcedAddress ?? listenIp,
    announcedResolves: configuredAddress === undefined || (await resolves(configuredAddress)),
  })
  for (const warning of warnings) log.warn(warning)
}

async function resolves(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return true
  return lookup(host).then(
    () => true,
    () => false,
  )
}
