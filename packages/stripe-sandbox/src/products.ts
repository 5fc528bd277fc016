/** Products. Source: docs.stripe.com/api/products. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import { emit } from './events.ts'
import { newProductId } from './object-id.ts'
import { listParameters } from './pagination.ts'
import {
  checkParameters,
  definedOf,
  emptyToNull,
  expand,
  formBoolean,
  mergedMetadata,
  metadata,
  parseForm,
  parseQuery,
  unsettableText,
  webAddress,
} from './parameters.ts'
import {
  findObject,
  insertObject,
  listObjects,
  type Resource,
  replaceObject,
  requireObject,
} from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'

const PATH = '/v1/products'

const changeable = {
  active: formBoolean.optional(),
  description: unsettableText.optional(),
  images: z.array(webAddress).max(8).optional(),
  metadata,
  name: z.string().min(1).max(5000),
  statement_descriptor: z.string().max(22).transform(emptyToNull).optional(),
  tax_code: z.string().transform(emptyToNull).optional(),
  unit_label: z.string().max(12).transform(emptyToNull).optional(),
  url: z
    .union([z.literal(''), webAddress])
    .transform(emptyToNull)
    .optional(),
}

const createParameters = z.strictObject({
  ...changeable,
  expand,
  id: z.string().min(1).max(255).optional(),
  type: z.literal('service').optional(),
})

const updateParameters = z.strictObject({
  ...changeable,
  default_price: z.string().transform(emptyToNull).optional(),
  expand,
  name: changeable.name.optional(),
})

/** What a price may say of a product to be created with it. */
export const productDataParameters = z.strictObject({
  active: changeable.active,
  id: createParameters.shape.id,
  metadata,
  name: changeable.name,
  statement_descriptor: changeable.statement_descriptor,
  tax_code: changeable.tax_code,
  unit_label: changeable.unit_label,
})

const productSchema = z.object({
  id: z.string(),
  active: z.boolean(),
  created: z.number(),
  default_price: z.string().nullable(),
  description: z.string().nullable(),
  images: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  name: z.string(),
  statement_descriptor: z.string().nullable(),
  tax_code: z.string().nullable(),
  unit_label: z.string().nullable(),
  updated: z.number(),
  url: z.string().nullable(),
})

export type Product = z.infer<typeof productSchema>

export const PRODUCTS: Resource<Product> = { table: 'products', kind: 'product', schema: productSchema }

export function productRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    return c.json(presentProduct(createProduct(account, parameters)))
  })

  routes.get(PATH, (c) => {
    const { active, ...page } = checkParameters(
      z.strictObject({ ...listParameters, active: formBoolean.optional(), expand }),
      parseQuery(c.req.url),
    )
    // SQLite has no booleans: JSON's come out of it as 1 and 0.
    const filter = { active: active === undefined ? undefined : Number(active) }
    return c.json(listObjects(account, PRODUCTS, page, PATH, filter, presentProduct))
  })

  routes.get(`${PATH}/:id`, (c) =>
    c.json(presentProduct(requireObject(account, PRODUCTS, c.req.param('id')))),
  )

  routes.post(`${PATH}/:id`, async (c) => {
    const parameters = checkParameters(updateParameters, parseForm(await c.req.text()))
    const before = requireObject(account, PRODUCTS, c.req.param('id'))
    const { metadata: given, expand: _, ...rest } = parameters
    const product = inTransaction(account, () => {
      const changed = replaceObject(
        account,
        PRODUCTS,
        productSchema.parse({
          ...before,
          ...definedOf(rest),
          metadata: mergedMetadata(before.metadata, given),
          updated: nowInSeconds(account),
        }),
      )
      emit(account, 'product.updated', presentProduct(changed), { before: presentProduct(before) })
      return changed
    })
    return c.json(presentProduct(product))
  })

  return routes
}

/** @throws StripeError when the given id is taken. */
export function createProduct(
  account: Account,
  parameters: z.output<typeof createParameters> | z.output<typeof productDataParameters>,
): Product {
  const { id = newProductId(), metadata: given, ...rest } = parameters
  if (findObject(account, PRODUCTS, id)) {
    throw new StripeError({
      status: 400,
      code: 'resource_already_exists',
      message: 'Product already exists.',
    })
  }
  const created = nowInSeconds(account)
  return inTransaction(account, () => {
    const product = insertObject(
      account,
      PRODUCTS,
      productSchema.parse({
        id,
        active: true,
        created,
        default_price: null,
        description: null,
        images: [],
        statement_descriptor: null,
        tax_code: null,
        unit_label: null,
        url: null,
        ...definedOf(rest),
        metadata: mergedMetadata({}, given),
        updated: created,
      }),
    )
    emit(account, 'product.created', presentProduct(product))
    return product
  })
}

export function presentProduct(product: Product): object {
  return {
    ...product,
    object: 'product',
    livemode: false,
    marketing_features: [],
    package_dimensions: null,
    shippable: null,
    type: 'service',
  }
}
