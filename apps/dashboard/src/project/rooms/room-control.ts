import { muteTrackAnswerSchema } from '@radist-tech/protocol/rest'
import { useMutation } from '@tanstack/react-query'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { wordsOf } from '../../api/words.ts'
import { showToast } from '../../ui/toast.ts'
import type { RoomParticipant } from './Roster.tsx'

/** What can be done in an open room. `onDone`: something that was asked about has happened. */
export function useRoomControl(projectId: string, roomId: string, onDone: () => void) {
  const path = `/projects/${projectId}/rooms/${roomId}`
  const done = async (text: string) => {
    onDone()
    showToast(text)
    await outdated(`/projects/${projectId}/rooms`)
  }
  const close = useMutation({
    mutationFn: () => change('DELETE', path, anyAnswer),
    onSuccess: () => done('The room is closed.'),
  })
  const remove = useMutation({
    mutationFn: ({ participantId }: RoomParticipant) =>
      change('DELETE', `${path}/participants/${participantId}`, anyAnswer),
    onSuccess: (_, { identity }) => done(`${identity ?? 'The participant'} is removed.`),
  })
  const mute = useMutation({
    mutationFn: (track: { participantId: string; producerId: string; muted: boolean }) =>
      change(
        'POST',
        `${path}/participants/${track.participantId}/tracks/${track.producerId}/mute`,
        muteTrackAnswerSchema,
        { muted: track.muted },
      ),
    onSuccess: async (track, { muted }) => {
      // What its participant muted is theirs to unmute.
      if (!muted && track.muted) showToast('The participant has muted it as well.')
      await outdated(path)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  return { close, remove, mute }
}
