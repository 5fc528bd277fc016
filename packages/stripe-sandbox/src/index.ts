export type { AcceptedMeterEvent } from './meter-events.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
