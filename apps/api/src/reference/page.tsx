/** @jsxImportSource hono/jsx */
/** The OpenAPI document as one page for people: plain HTML that needs no script and loads nothing. */
import { raw } from 'hono/html'
import { marked } from 'marked'
import {
  type Document,
  type DocumentedExample,
  type DocumentedParameter,
  type Endpoint,
  endpointsOf,
  type JsonSchema,
} from './document-shape.ts'
import { pageStyle } from './page-style.ts'

const JSON_BODY = 'application/json'

/** The page's HTML. */
export const renderReferencePage = (document: Document): string =>
  `<!doctype html>${<ReferencePage document={document} />}`

function ReferencePage({ document }: { document: Document }) {
  const endpoints = endpointsOf(document)
  const sections = document.tags.map((tag) => ({
    ...tag,
    endpoints: endpoints.filter(({ operation }) => operation.tags[0] === tag.name),
  }))
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <title>{document.info.title}: reference</title>
        <style>{raw(pageStyle)}</style>
      </head>
      <body>
        <a class="skip" href="#reference">
          Skip to the reference
        </a>
        <div class="layout">
          <nav aria-label="Operations">
            <a class="home" href="/">
              Radist
            </a>
            {sections.map(({ name, endpoints }) => (
              <>
                <h2>{name}</h2>
                <ul>
                  {endpoints.map(({ operation }) => (
                    <li>
                      <a href={`#${operation.operationId}`}>{operation.summary}</a>
                    </li>
                  ))}
                </ul>
              </>
            ))}
          </nav>
          <main id="reference">
            <h1>{document.info.title}</h1>
            <Prose text={document.info.description} />
            <p>
              For code generators and other tools: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.
            </p>
            {sections.map(({ name, description, endpoints }) => (
              <section>
                <h2>{name}</h2>
                <Prose text={description} />
                {endpoints.map((endpoint) => (
                  <Operation endpoint={endpoint} document={document} />
                ))}
              </section>
            ))}
          </main>
        </div>
      </body>
    </html>
  )
}

function Operation({ endpoint, document }: { endpoint: Endpoint; document: Document }) {
  const { method, path, operation } = endpoint
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const scheme = Object.keys(operation.security[0] ?? {})[0]
  const credential =
    scheme === undefined ? undefined : document.components.securitySchemes[scheme]?.description
  const body = requestBody?.content[JSON_BODY]
  const answers = Object.entries(responses)
  const accepted = answers.filter(([status]) => Number(status) < 400)
  const refused = answers.filter(([status]) => Number(status) >= 400)
  return (
    <article id={operationId} aria-labelledby={`${operationId}-name`}>
      <header>
        <h3 id={`${operationId}-name`}>{summary}</h3>
        <div class="endpoint">
          <span class={`method ${method}`}>{method.toUpperCase()}</span>
          {path}
        </div>
      </header>
      <div>
        <Prose text={description} />
        {operation.servers?.map((server) => (
          <Prose text={server.description} />
        ))}
        {credential && (
          <>
            <h4>Authorization</h4>
            <Prose text={`Bearer: ${credential}`} />
          </>
        )}
        {parameters.length > 0 && (
          <>
            <h4>Parameters</h4>
            <dl>
              {parameters.map((parameter) => (
                <Field
                  name={parameter.name}
                  schema={parameter.schema}
                  note={`${parameter.in}, ${parameter.required ? 'required' : 'optional'}`}
                  description={parameter.description}
                />
              ))}
            </dl>
          </>
        )}
        {body && (
          <>
            <h4>Body{requestBody.required ? '' : ', optional'}</h4>
            <Fields schema={body.schema} />
          </>
        )}
        {accepted.map(([status, { description, content }]) => (
          <>
            <h4>
              Answer {status}: {description}
            </h4>
            {content && <Fields schema={content[JSON_BODY].schema} />}
          </>
        ))}
      </div>
      <div>
        {accepted.flatMap(([, { content }]) =>
          examplesOf(endpoint, content?.[JSON_BODY].examples).map(([name, example]) => (
            <>
              <h4>{example.summary}</h4>
              <Code text={curl(endpoint, name)} />
              {example.value !== undefined && <Code text={JSON.stringify(example.value, null, 2)} />}
            </>
          )),
        )}
        {refused.length > 0 && <h4>Refusals</h4>}
        {refused.flatMap(([status, { content }]) =>
          Object.entries(content?.[JSON_BODY].examples ?? {}).map(([code, { summary, value }]) => (
            <details>
              <summary>
                <span class="status">{status}</span>
                <code>{code}</code>
              </summary>
              <Prose text={summary ?? ''} />
              <Code text={JSON.stringify(value, null, 2)} />
            </details>
          )),
        )}
      </div>
    </article>
  )
}

const Prose = ({ text }: { text: string }) => (
  <div class="prose">{raw(marked.parse(text, { async: false }))}</div>
)

/** Scrolls sideways, so the keyboard must reach it. */
const Code = ({ text }: { text: string }) => (
  <pre tabindex={0}>
    <code>{text}</code>
  </pre>
)

function Fields({ schema }: { schema: JsonSchema }) {
  if (schema.anyOf && !schema.properties)
    return (
      <>
        {schema.anyOf.map((one, index) => (
          <>
            {index > 0 && <p class="muted">or</p>}
            <Fields schema={one} />
          </>
        ))}
      </>
    )
  return (
    <dl>
      {Object.entries(schema.properties ?? {}).map(([name, field]) => (
        <Field
          name={name}
          schema={field}
          note={schema.required?.includes(name) ? 'always' : 'optional'}
          description={field.description ?? ''}
        />
      ))}
    </dl>
  )
}

function Field(field: { name: string; schema: JsonSchema; note: string; description: string }) {
  const inner = field.schema.items || field.schema
  return (
    <>
      <dt>
        <code>{field.name}</code> <span class="muted">{`${typeOf(field.schema)}; ${field.note}`}</span>
      </dt>
      <dd>
        {field.description && <Prose text={field.description} />}
        {inner.properties && <Fields schema={inner} />}
      </dd>
    </>
  )
}

/** A schema in some words: its type and what bounds it. */
function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  const { type = 'any', format, minimum, maximum, items, prefixItems, pattern } = schema
  const values = Array.isArray(schema.enum)
    ? schema.enum.map((value) => JSON.stringify(value)).join(' or ')
    : null
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (prefixItems) return `${prefixItems.length} of ${typeOf(prefixItems[0] ?? {})}`
  if (items) return `array of ${typeOf(items)}`
  const isBounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER
  const bounds = isBounded ? `${minimum} to ${maximum}` : minimum === undefined ? null : `from ${minimum}`
  const fallback = schema.default === undefined ? null : `${JSON.stringify(schema.default)} unless told`
  const types = Array.isArray(type) ? type.join(' or ') : type
  const kind = values ?? (typeof format === 'string' ? format : types)
  return [kind, bounds, typeof pattern === 'string' ? pattern : null, fallback]
    .filter((part) => part !== null)
    .join(', ')
}

/** Those of an answer without a body are known by the parameters that they send. */
function examplesOf(
  { operation }: Endpoint,
  answers: Record<string, DocumentedExample> | undefined,
): [string, DocumentedExample][] {
  if (answers) return Object.entries(answers)
  const byName = new Map<string, DocumentedExample>()
  for (const { examples } of operation.parameters)
    for (const [name, { summary }] of Object.entries(examples))
      if (name !== 'default' && !summary?.startsWith('Refused'))
        byName.set(name, { summary, value: undefined })
  return [...byName]
}

function curl({ method, path, operation }: Endpoint, name: string): string {
  const of = (place: DocumentedParameter['in']): [string, string][] =>
    operation.parameters.flatMap((one): [string, string][] => {
      const example = one.in === place ? (one.examples[name] ?? one.examples.default) : undefined
      return example ? [[one.name, String(example.value)]] : []
    })
  const pathname = of('path').reduce((text, [key, value]) => text.replace(`{${key}}`, value), path)
  const query = of('query').map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
  const url = `"$RADIST_URL${pathname}${query.length > 0 ? `?${query.join('&')}` : ''}"`
  const body = operation.requestBody?.content[JSON_BODY].examples[name]?.value
  const credential = Object.keys(operation.security[0] ?? {})[0]
  const key = credential === 'publicKey' ? 'RADIST_PUBLIC_KEY' : 'RADIST_KEY'
  return [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${url}`,
    ...(credential === undefined ? [] : [`-H "Authorization: Bearer $${key}"`]),
    ...of('header').map(([header, value]) => `-H '${header}: ${value}'`),
    ...(body === undefined ? [] : [`-d '${JSON.stringify(body)}'`]),
  ].join(' \\\n  ')
}
