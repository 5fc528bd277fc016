import { newSecretKeyAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { change, outdated } from '../../api/dashboard.ts'

/** Makes a secret key of this name. Its answer is the one time that it is shown. */
export const useNewSecretKey = (projectId: string) =>
  useMutation({
    mutationFn: (name: string) =>
      change('POST', `/projects/${projectId}/keys`, newSecretKeyAnswerSchema, { name }),
    onSuccess: () => outdated(`/projects/${projectId}/keys`),
    // Not longer than the page that shows it.
    gcTime: 0,
  })
