/**
 * What Chromium's made-up camera shows in place of its own picture, which is so plain that three layers of it are
 * sent in a tenth of the bits that a camera's need: a texture that moves, with the noise of a sensor.
 */
import { writeFileSync } from 'node:fs'

const FRAMES = 30
/** Pixels that the texture moves from frame to frame. */
const PAN = 3
const GREY = 128
/** Of 255, at most. */
const TEXTURE = 50
const SENSOR_NOISE = 1.5
/** Side of the texture's patches, in pixels. */
const PATCH = 16

/** Writes a YUV4MPEG2 file, the same one each time. */
export function writeCameraFile(
  file: string,
  { width, height, frameRate }: { width: number; height: number; frameRate: number },
): void {
  // A linear congruential generator (Numerical Recipes' constants).
  let state = 1
  const random = (amplitude: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return ((state / 2 ** 32) * 2 - 1) * amplitude
  }
  const [columns, rows] = [Math.ceil((width + FRAMES * PAN) / PATCH), Math.ceil(height / PATCH)]
  const texture = Float64Array.from({ length: columns * rows }, () => random(TEXTURE))
  const parts: Buffer[] = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${frameRate}:1 Ip A1:1 C420jpeg\n`)]
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Buffer.alloc(width * height)
    // To and fro, so that the end meets the beginning.
    const offset = PAN * Math.min(frame, FRAMES - frame)
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const patch = texture[Math.floor(y / PATCH) * columns + Math.floor((x + offset) / PATCH)] ?? 0
        luma[i] = GREY + patch + random(SENSOR_NOISE)
      }
    parts.push(Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, GREY))
  }
  writeFileSync(file, Buffer.concat(parts))
}
