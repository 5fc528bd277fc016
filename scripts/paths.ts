import { dirname, join } from 'node:path'

export const repositoryRoot = dirname(import.meta.dirname)
export const toolchainFile = join(repositoryRoot, '.radist', 'toolchain.json')
