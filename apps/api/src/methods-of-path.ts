import type { Hono, Env as HonoEnv } from 'hono'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The methods for which the app has a route at this path, HEAD beside GET. Middleware is no route. */
export function methodsOf<E extends HonoEnv>(app: Hono<E>, path: string): string[] {
  const methods = METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  )
  return methods.includes('GET') ? ['GET', 'HEAD', ...methods.slice(1)] : methods
}
