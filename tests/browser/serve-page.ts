/** A page that is one script, built from its TypeScript and served on loopback, where pages have cameras. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { build } from 'vite'

/** @param entry path of the script's source */
export async function servePage(entry: string): Promise<{ url: string; server: Server }> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['iife'], name: 'page' },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  if (!output || !('output' in output)) throw new Error('Vite has built nothing.')
  const script = output.output[0].code
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The page is not served.')
  return { url: `http://127.0.0.1:${address.port}/`, server }
}
