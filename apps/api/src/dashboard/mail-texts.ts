/** The mails that the dashboard writes. */
import type { Role } from '@radist-tech/protocol/dashboard'
import type { Mail } from './mail.ts'

const notYou = 'If this was not you, you need not do anything.'

export const verificationMail = (to: string, url: string): Mail => ({
  to,
  subject: 'Confirm your e-mail address',
  text: `You have signed up to Radist with this address. Confirm that it is yours:\n\n${url}\n\nThe link is good for an hour. If you have not signed up, do not open it: somebody else did.\n`,
})

export const resetMail = (to: string, url: string): Mail => ({
  to,
  subject: 'Choose a new password',
  text: `Choose a new password for Radist here:\n\n${url}\n\nThe link is good for an hour. ${notYou}\n`,
})

/** To somebody who signs up again: the page says to them what it says to everybody. */
export const alreadyRegisteredMail = (to: string, origin: string): Mail => ({
  to,
  subject: 'You have an account already',
  text: `Somebody has signed up to Radist with this address, which has an account. Sign in, or choose a new password, at:\n\n${origin}/sign-in\n\n${notYou}\n`,
})

export const passwordChangedMail = (to: string, origin: string): Mail => ({
  to,
  subject: 'Your password was changed',
  text: `The password of your Radist account was changed, and all sessions were ended.\n\nIf this was not you, choose a new password at once:\n\n${origin}/forgot-password\n`,
})

export const invitationMail = (
  to: string,
  invitation: { organizationName: string; inviterName: string; role: Role; url: string },
): Mail => ({
  to,
  subject: `Join ${oneLine(invitation.organizationName)} on Radist`,
  text: `${oneLine(invitation.inviterName)} invites you to join ${oneLine(invitation.organizationName)} on Radist, with the role "${invitation.role}":\n\n${invitation.url}\n\nThe invitation is good for 7 days, for this address only. ${notYou}\n`,
})

/** Names are chosen by strangers: one line, so that a name cannot pass for the mail. */
const oneLine = (name: string): string => name.replace(/\s+/g, ' ').slice(0, 64)
