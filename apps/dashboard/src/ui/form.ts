import type { FormEvent } from 'react'

/** Handles the sending of a form: its text fields by name, as they are. */
export const onFields =
  (send: (field: (name: string) => string) => void) =>
  (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    send((name) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    })
  }
