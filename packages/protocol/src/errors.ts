/**
 * Every error that the API and the signaling sockets answer, in one table: HTTP answers carry
 * `{ error, code }` with `status`; a refused WebSocket is closed with 4000 + `status` and `error` as
 * reason, since browsers see no HTTP status of a failed upgrade.
 */
import { z } from 'zod'

export const apiErrors = {
  invalid_body: { status: 400, error: 'Invalid request body.' },
  invalid_page: { status: 400, error: 'Invalid page query parameter.' },
  invalid_limit: { status: 400, error: 'Invalid limit query parameter.' },
  invalid_state: { status: 400, error: 'Invalid state query parameter.' },
  invalid_idempotency_key: {
    status: 400,
    error: 'Invalid Idempotency-Key header: 1 to 255 printable ASCII characters.',
  },
  invalid_granularity: { status: 400, error: 'Invalid granularity query parameter: hour or day.' },
  invalid_time_range: { status: 400, error: 'Invalid from or to query parameter, or too long a range.' },
  usage_not_kept: { status: 400, error: 'Usage from so long ago is not kept in this detail.' },
  invalid_query: { status: 400, error: 'Invalid query parameters.' },
  invalid_stripe_signature: { status: 400, error: 'Invalid Stripe-Signature header.' },
  webhook_address_refused: {
    status: 400,
    error: 'Webhooks must go to https addresses of the public internet.',
  },
  connection_limit_beyond_plan: { status: 400, error: 'The plan does not allow such a connection limit.' },
  upgrade_required: { status: 426, error: 'This endpoint speaks WebSocket only.' },
  missing_bearer_token: { status: 401, error: 'Missing bearer token.' },
  invalid_secret_key: { status: 401, error: 'Invalid project id or secret key.' },
  invalid_public_key: { status: 401, error: 'Invalid public key.' },
  invalid_call_token: { status: 401, error: 'Invalid or already used call token.' },
  expired_call_token: { status: 401, error: 'Call token has expired.' },
  invalid_room_token: { status: 401, error: 'Invalid room token.' },
  used_room_token: { status: 401, error: 'Room token has already been used.' },
  expired_room_token: { status: 401, error: 'Room token has expired.' },
  invalid_reconnect_token: { status: 401, error: 'Invalid reconnect token.' },
  invalid_signature: { status: 401, error: 'Invalid request signature.' },
  replayed_request: { status: 401, error: 'Request has already been taken.' },
  invalid_fleet_secret: { status: 401, error: 'Invalid fleet secret.' },
  not_signed_in: { status: 401, error: 'Sign in first.' },
  payment_required: {
    status: 402,
    error: 'The free allowance of this month is used up. Add a card to create more.',
  },
  payment_overdue: { status: 402, error: 'A payment is overdue. Pay it to create more.' },
  usage_limit_reached: {
    status: 402,
    error: "The project's usage limit of this month is reached. Raise it to create more.",
  },
  secret_key_in_browser: {
    status: 403,
    error: 'Secret keys must not be used in browsers: call this endpoint from your backend.',
  },
  origin_not_allowed: { status: 403, error: 'The project does not allow this origin.' },
  foreign_origin: { status: 403, error: 'Requests of other sites are refused.' },
  role_not_permitted: { status: 403, error: 'Your role does not permit this.' },
  project_archived: { status: 403, error: 'The project is archived.' },
  call_is_private: { status: 403, error: 'Call is private.' },
  permission_denied: { status: 403, error: 'The token does not permit this.' },
  not_found: { status: 404, error: 'Not found.' },
  call_not_found: { status: 404, error: 'Call not found.' },
  room_not_found: { status: 404, error: 'Room not found.' },
  participant_not_found: { status: 404, error: 'Participant not found.' },
  track_not_found: { status: 404, error: 'Track not found.' },
  host_not_found: { status: 404, error: 'Host not found.' },
  meter_event_not_found: { status: 404, error: 'Meter event not found.' },
  organization_not_found: { status: 404, error: 'Organisation not found.' },
  project_not_found: { status: 404, error: 'Project not found.' },
  member_not_found: { status: 404, error: 'Member not found.' },
  invitation_not_found: { status: 404, error: 'Invitation not found.' },
  key_not_found: { status: 404, error: 'Key not found.' },
  webhook_endpoint_not_found: { status: 404, error: 'Webhook endpoint not found.' },
  delivery_not_found: { status: 404, error: 'Delivery not found.' },
  method_not_allowed: { status: 405, error: 'Method not allowed.' },
  all_peers_connected: { status: 409, error: 'All peers are already connected.' },
  meter_event_not_refused: { status: 409, error: 'Only a refused meter event can be sent again.' },
  idempotency_key_reused: { status: 409, error: 'Idempotency-Key was already used for another request.' },
  already_subscribed: {
    status: 409,
    error: 'The billing account has a subscription. Use the customer portal to change it.',
  },
  webhook_endpoint_disabled: { status: 409, error: 'The webhook endpoint is disabled. Enable it first.' },
  last_owner: { status: 409, error: 'An organisation keeps at least one owner.' },
  already_member: { status: 409, error: 'This person is a member already.' },
  last_public_key: {
    status: 409,
    error: 'A project keeps a public key that does not expire. Roll it to replace it.',
  },
  too_many_keys: { status: 409, error: 'A project has at most 100 secret and 20 public keys.' },
  too_many_projects: { status: 409, error: 'An organisation has at most 200 projects.' },
  too_many_webhook_endpoints: { status: 409, error: 'A project has at most 20 webhook endpoints.' },
  room_full: { status: 409, error: 'Room is full.' },
  overtaken_epoch: { status: 409, error: 'The room has moved to another host.' },
  call_terminated: { status: 410, error: 'Call has been terminated.' },
  room_closed: { status: 410, error: 'Room has been closed.' },
  participant_removed: { status: 410, error: 'Participant has been removed from the room.' },
  body_too_large: { status: 413, error: 'Request body is too large.' },
  connection_limit_reached: { status: 429, error: 'Connection limit reached.' },
  too_many_requests: { status: 429, error: 'Too many requests.' },
  internal: { status: 500, error: 'Internal error.' },
  payments_unavailable: { status: 503, error: 'Payments are not available now. Try again shortly.' },
  no_host_available: { status: 503, error: 'No SFU host is available. Try again shortly.' },
  host_unreachable: { status: 503, error: 'The SFU host of the room did not answer. Try again shortly.' },
  control_plane_unreachable: { status: 503, error: 'The control plane is out of reach. Try again shortly.' },
} as const

export type ApiErrorCode = keyof typeof apiErrors

/** Body of every answer with a status of 400 or more. `code` is stable; `error` is for people. */
export const errorBodySchema = z.object({ error: z.string(), code: z.string() })

/** The close code of a socket that is refused with this error: 4000 + HTTP status. */
export const closeCodeOf = (code: ApiErrorCode): number => 4000 + apiErrors[code].status
