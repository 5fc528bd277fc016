import { describe, expect, it } from 'vitest'
import { narrowGrid, wideGrid } from './tile-grid.ts'

describe('wideGrid', () => {
  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 2, 2],
    [4, 2, 2],
    [5, 3, 2],
    [9, 3, 3],
    [10, 4, 3],
    [100, 5, 4],
  ])('%i tiles: %i columns, %i rows', (count, columns, rows) => {
    expect(wideGrid(count)).toEqual({ columns, rows })
  })
})

describe('narrowGrid', () => {
  it.each([
    [1, 1, 1],
    [3, 1, 3],
    [4, 2, 2],
    [7, 2, 4],
    [20, 2, 4],
  ])('%i tiles: %i columns, %i rows', (count, columns, rows) => {
    expect(narrowGrid(count)).toEqual({ columns, rows })
  })
})
