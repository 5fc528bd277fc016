/** How many columns and rows a number of tiles takes: near a square on wide screens, narrower on phones. */

export interface GridSize {
  columns: number
  rows: number
}

/** Rows beyond this many scroll, so that no tile becomes too flat to see a face in. */
const MAX_ROWS = 4

const sized = (count: number, columns: number): GridSize => ({
  columns,
  rows: Math.min(MAX_ROWS, Math.ceil(count / columns)),
})

export const wideGrid = (count: number): GridSize => sized(count, Math.min(5, Math.ceil(Math.sqrt(count))))

export const narrowGrid = (count: number): GridSize => sized(count, count <= 3 ? 1 : 2)
