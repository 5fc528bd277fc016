/** D1's public keys, asked only about a key that a call or room does not know. */

/**
 * Whether the key is in use by any project. Not through Drizzle, whose errors quote the parameters: a
 * key must not come into a log.
 */
export async function isPublicKeyInUse(database: D1Database, key: string): Promise<boolean> {
  const found = await database
    .prepare(
      'SELECT 1 FROM public_keys WHERE key = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
    )
    .bind(key, Date.now())
    .first()
  return found !== null
}
