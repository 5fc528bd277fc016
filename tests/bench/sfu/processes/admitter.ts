/** What admission costs our host, for a server of another kind: a token's signature, and a signed question. */
import {
  enrolAnswerSchema,
  HOSTS_PATH,
  hostIdOf,
  hostPublicKeySchema,
  newBootId,
  newJti,
  verifyRoomToken,
} from '@radist-tech/protocol'
import { exportJWK, generateKeyPair } from 'jose'
import { Admissions } from '../../../../apps/sfu/src/control-plane/admissions.ts'
import { ControlPlane } from '../../../../apps/sfu/src/control-plane/control-plane.ts'
import { controlPlaneKeys } from '../../../../apps/sfu/src/control-plane/key-set.ts'
import { FLEET_SECRET, PUBLIC_KEY } from '../../../../apps/sfu/src/testing/control-plane-stub.ts'

const TIMEOUT_MS = 5000

/** Enrols, and answers with what admits the bearer of a room token, or rejects. */
export async function admitter(controlPlaneUrl: string): Promise<(roomToken: string) => Promise<void>> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const hostKey = hostPublicKeySchema.parse(await exportJWK(publicKey))
  const signer = { issuer: await hostIdOf(hostKey), privateKey, region: 'local' }
  const controlPlane = new ControlPlane(controlPlaneUrl, signer, TIMEOUT_MS)
  const origin = 'http://127.0.0.1:1'
  const host = {
    publicKey: hostKey,
    region: signer.region,
    bootId: newBootId(),
    signalingUrl: origin.replace('http', 'ws'),
  }
  const body = { ...host, controlUrl: origin, workers: 1, maxParticipants: 1000, version: '0' }
  await controlPlane.post(HOSTS_PATH, body, enrolAnswerSchema, FLEET_SECRET)
  const keys = controlPlaneKeys(controlPlaneUrl)
  const admissions = new Admissions(controlPlane)
  return async (roomToken) => {
    const verified = await verifyRoomToken(roomToken, keys, new Date())
    if (!verified.ok) throw new Error(verified.reason)
    const { roomId } = verified.claims
    const outcome = await admissions.ask({
      roomId,
      epoch: 1,
      roomToken,
      publicKey: PUBLIC_KEY,
      attemptId: newJti(),
    })
    if (!outcome.ok) throw new Error(outcome.code)
  }
}
