/** At which size an element is on the screen, in device pixels. */
import type { ViewportSize } from './viewports.ts'

/** While a window is dragged larger its size changes with each frame; the host is told this often, in ms. */
const SETTLE_MS = 100

/**
 * Tells the element's size now and whenever it changes; 0 by 0 while nothing of it can be seen.
 * @returns ends it
 */
export function watchShownSize(element: Element, tell: (size: ViewportSize) => void): () => void {
  let isVisible = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const measure = () => {
    timer = undefined
    const { width, height } = element.getBoundingClientRect()
    const ratio = globalThis.devicePixelRatio
    tell(isVisible ? { width: width * ratio, height: height * ratio } : { width: 0, height: 0 })
  }
  const changed = () => {
    timer ??= setTimeout(measure, SETTLE_MS)
  }
  const sizes = new ResizeObserver(changed)
  const visibility = new IntersectionObserver(([...entries]) => {
    isVisible = entries.at(-1)?.isIntersecting ?? false
    changed()
  })
  sizes.observe(element)
  visibility.observe(element)
  return () => {
    clearTimeout(timer)
    sizes.disconnect()
    visibility.disconnect()
  }
}
