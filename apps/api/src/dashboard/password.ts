/** How passwords are hashed, for those who make users without asking the Worker: the stack's seed, and tests. */
export { hashPassword } from 'better-auth/crypto'
