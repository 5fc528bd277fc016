/** Who is signed in. */
import { dashboardConfigurationSchema, dashboardSessionSchema } from '@radist-tech/protocol/dashboard'
import { useSuspenseQuery } from '@tanstack/react-query'
import { answerTo } from './dashboard.ts'

export const sessionQuery = answerTo('/session', dashboardSessionSchema)
export const configurationQuery = answerTo('/configuration', dashboardConfigurationSchema)

/** For pages of the shell, which is shown only to those who are signed in. */
export const useSession = () => useSuspenseQuery(sessionQuery).data
