/**
 * How the stack's Node processes are held to the memory of a developer's machine that has other things
 * to do. V8 by itself lets its young generation grow to 48 MB a process before it collects, and glibc
 * gives each thread a heap of its own; a hosted SFU runs without these.
 */
export const frugalNode = ['--max-semi-space-size=1']
export const frugalEnv = { MALLOC_ARENA_MAX: '1' }
