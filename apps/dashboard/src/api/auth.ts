/** better-auth's endpoints (`/api/auth`), as far as the dashboard uses them. */
import { z } from 'zod'
import { anyAnswer } from './dashboard.ts'
import { request } from './request.ts'

const BASE = '/api/auth'

const post = <S extends z.ZodType>(path: string, body: object, schema: S): Promise<z.output<S>> =>
  request('POST', BASE + path, schema, { body })

/** Where better-auth leads after a link in a mail, or after GitHub. Our own paths only; it checks that too. */
type Path = string

export const signUp = (person: { name: string; email: string; password: string; callbackURL: Path }) =>
  post('/sign-up/email', person, anyAnswer)

const signInAnswer = z.union([
  z.object({ twoFactorRedirect: z.literal(true) }),
  z.object({ token: z.string() }),
])
/** Answers whether a second factor is still asked for. */
export async function signIn(credentials: {
  email: string
  password: string
  callbackURL: Path
}): Promise<boolean> {
  return 'twoFactorRedirect' in (await post('/sign-in/email', credentials, signInAnswer))
}

/** GitHub's page, to which the browser has to go. */
export async function gitHubAddress(callbackURL: Path): Promise<string> {
  const { url } = await post(
    '/sign-in/social',
    { provider: 'github', callbackURL, errorCallbackURL: '/sign-in' },
    z.object({ url: z.url() }),
  )
  return url
}

export const signOut = () => post('/sign-out', {}, anyAnswer)

export const sendVerificationMail = (email: string, callbackURL: Path) =>
  post('/send-verification-email', { email, callbackURL }, anyAnswer)

export const sendResetMail = (email: string) =>
  post('/request-password-reset', { email, redirectTo: '/reset-password' }, anyAnswer)

export const resetPassword = (token: string, newPassword: string) =>
  post('/reset-password', { token, newPassword }, anyAnswer)

/** Ends all other sessions: whoever changes a password may have lost the old one. */
export const changePassword = (currentPassword: string, newPassword: string) =>
  post('/change-password', { currentPassword, newPassword, revokeOtherSessions: true }, anyAnswer)

export const changeName = (name: string) => post('/update-user', { name }, anyAnswer)

/** With the authenticator's code. `trustDevice`: not asked again here for 30 days. */
export const verifyCode = (code: string, trustDevice: boolean) =>
  post('/two-factor/verify-totp', { code, trustDevice }, anyAnswer)

export const verifyBackupCode = (code: string) => post('/two-factor/verify-backup-code', { code }, anyAnswer)

/** Begins the set-up; it holds only when a code of it was given to {@link verifyCode}. */
export const beginTwoFactor = (password: string) =>
  post(
    '/two-factor/enable',
    { password },
    z.object({ totpURI: z.string(), backupCodes: z.array(z.string()) }),
  )

export const endTwoFactor = (password: string) => post('/two-factor/disable', { password }, anyAnswer)

export async function newBackupCodes(password: string): Promise<string[]> {
  const schema = z.object({ backupCodes: z.array(z.string()) })
  return (await post('/two-factor/generate-backup-codes', { password }, schema)).backupCodes
}

const session = z.object({
  id: z.string(),
  token: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  ipAddress: z.string().nullish(),
  userAgent: z.string().nullish(),
})
export type Session = z.infer<typeof session>

export const listSessions = (signal: AbortSignal): Promise<Session[]> =>
  request('GET', `${BASE}/list-sessions`, z.array(session), { signal })

/** The token of the session of this browser. */
export async function ownSessionId(signal: AbortSignal): Promise<string> {
  const answer = z.object({ session: z.object({ id: z.string() }) })
  return (await request('GET', `${BASE}/get-session`, answer, { signal })).session.id
}

export const endSession = (token: string) => post('/revoke-session', { token }, anyAnswer)
export const endOtherSessions = () => post('/revoke-other-sessions', {}, anyAnswer)

/** How one can sign in: `credential` is the password, others are services such as `github`. */
export async function signInWays(signal: AbortSignal): Promise<string[]> {
  const accounts = z.array(z.object({ providerId: z.string() }))
  return (await request('GET', `${BASE}/list-accounts`, accounts, { signal })).map(
    ({ providerId }) => providerId,
  )
}
