/** What SFU hosts and room participants ask of the control plane: `/api/v1/sfu`. */
import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { sfuAdmissions } from './sfu-admissions.ts'
import { sfuHosts } from './sfu-hosts.ts'
import { sfuRooms } from './sfu-rooms.ts'

export const sfu = new Hono<{ Bindings: Env }>()

sfu.route('/rooms', sfuRooms)
sfu.route('/admissions', sfuAdmissions)
sfu.route('/', sfuHosts)
