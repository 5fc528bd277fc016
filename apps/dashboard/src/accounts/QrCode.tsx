import { encode } from 'uqr'

/** A QR code, dark on light in every theme, as scanners want it. */
export function QrCode({ content }: { content: string }) {
  const { data, size } = encode(content, { border: 2 })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code"
      shapeRendering="crispEdges"
      className="mx-auto w-52 rounded-lg bg-white"
    >
      <path d={path} fill="#000" />
    </svg>
  )
}
