import { MessageSquareText, SendHorizontal, X } from 'lucide-react'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import type { ChatMessage } from './meeting.ts'

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** Messages of the meeting: a panel beside it, or over it on a phone. */
export function Chat(props: {
  messages: readonly ChatMessage[]
  canSend: boolean
  onSend: (text: string) => void
  onClose: () => void
}) {
  const [draft, setDraft] = useState('')
  const end = useRef<HTMLDivElement>(null)
  const headingId = useId()
  const count = props.messages.length
  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: 'nearest' })
  }, [count])
  const send = (event: FormEvent) => {
    event.preventDefault()
    const text = draft.trim()
    if (!text || !props.canSend) return
    props.onSend(text)
    setDraft('')
  }
  return (
    <section
      aria-labelledby={headingId}
      className="flex min-h-0 w-full flex-col overflow-hidden rounded-2xl border border-line bg-surface shadow-card sm:rounded-3xl"
    >
      <header className="flex items-center justify-between border-line border-b py-2 pr-2 pl-5">
        <h2 id={headingId} className="font-semibold">
          Messages
        </h2>
        <button
          type="button"
          aria-label="Close messages"
          onClick={props.onClose}
          className="grid size-10 place-items-center rounded-full text-muted transition-colors hover:bg-raised hover:text-ink"
        >
          <X aria-hidden className="size-5" />
        </button>
      </header>
      <div role="log" aria-label="Messages" className="flex min-h-0 grow flex-col gap-4 overflow-y-auto p-5">
        {count === 0 && (
          <div className="m-auto text-center text-muted text-sm">
            <MessageSquareText aria-hidden className="mx-auto mb-3 size-8 opacity-60" strokeWidth={1.5} />
            {props.canSend ? 'Nothing written yet.' : 'You can write once someone is here.'}
          </div>
        )}
        {props.messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
        <div ref={end} />
      </div>
      <form onSubmit={send} className="flex items-center gap-2 border-line border-t p-3">
        <input
          data-testid="chat-input"
          aria-label="Write a message"
          value={draft}
          placeholder="Write a message"
          disabled={!props.canSend}
          onChange={(event) => setDraft(event.currentTarget.value)}
          className="min-h-11 min-w-0 grow rounded-xl bg-raised px-4 placeholder:text-muted disabled:opacity-60"
        />
        <button
          type="submit"
          data-testid="chat-send"
          aria-label="Send message"
          disabled={!props.canSend || draft.trim() === ''}
          className="grid size-11 shrink-0 place-items-center rounded-xl bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-raised disabled:text-muted"
        >
          <SendHorizontal aria-hidden className="size-5" />
        </button>
      </form>
    </section>
  )
}

function Message({ message }: { message: ChatMessage }) {
  const bubble = message.own ? 'bg-accent-soft rounded-br-md' : 'bg-raised rounded-bl-md'
  return (
    <article
      className={`flex max-w-[88%] flex-col gap-1 ${message.own ? 'items-end self-end' : 'items-start self-start'}`}
    >
      <p className="px-1 text-muted text-xs">
        {message.own ? 'You' : message.author}{' '}
        <time dateTime={message.at.toISOString()}>{time.format(message.at)}</time>
      </p>
      <p
        data-testid="chat-message"
        data-own={message.own}
        className={`max-w-full whitespace-pre-wrap break-words rounded-2xl px-4 py-2.5 leading-snug ${bubble} ${
          message.format === 'code' ? 'font-mono text-xs' : ''
        }`}
      >
        {message.text}
      </p>
    </article>
  )
}
