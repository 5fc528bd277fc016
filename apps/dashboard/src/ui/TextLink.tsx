import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

function Anchor({
  className = '',
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }) {
  return <a className={`font-medium text-accent underline-offset-4 hover:underline ${className}`} {...rest} />
}

/** A link in running text. */
export const TextLink = createLink(Anchor)
