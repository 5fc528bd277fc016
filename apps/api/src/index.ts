import { app } from './app.ts'

export { CallObject } from './objects/call-object.ts'
export { FleetObject } from './objects/fleet-object.ts'
export { ProjectObject } from './objects/project-object.ts'
export { RoomObject } from './objects/room-object.ts'
export { WebhookObject } from './objects/webhook-object.ts'

export default app
