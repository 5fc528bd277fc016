/** A room that is watched in the dashboard while people come and go, and its call and room lists meanwhile. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from './dashboard/inspect.ts'
import { eventually, launchBrowser } from './dashboard/people.ts'
import { type OwnProject, ownerWithProject } from './dashboard/projects.ts'
import { Participant } from './participant.ts'
import { createCall } from './rest.ts'
import { joinCall } from './signaling-socket.ts'

let browser: Browser
/** Where the owner looks. */
let watching: Page
let project: OwnProject
let base: string

beforeAll(async () => {
  browser = await launchBrowser()
  ;({ page: watching, project } = await ownerWithProject(browser, 'Wanda'))
  base = `/projects/${project.projectId}`
})
afterAll(() => browser?.close())

const isLive = () => watching.locator('[data-testid=live][data-state=open]').waitFor()
const texts = (locator: Locator) => locator.evaluateAll((all) => all.map((one) => one.textContent))

/** A page of the owner's own browser, at the playground of the project. */
async function ownerStarts(kind: 'call' | 'room'): Promise<Participant> {
  const owner = await Participant.inContext(watching.context(), `${base}/playground`)
  await owner.page.getByTestId(`start-${kind}`).click()
  return owner
}

/** A guest without an account, by a link that the owner makes; in rooms with this name. */
async function guestOf(owner: Participant, name: string): Promise<Participant> {
  const named = owner.page.getByLabel('Guest’s name')
  if ((await named.count()) > 0) await named.fill(name)
  await owner.page.getByTestId('invite').click()
  return Participant.visit(browser, await owner.page.getByTestId('share-link').inputValue())
}

describe('a live room', () => {
  it('shows who comes, mutes, is removed and leaves, and its timeline when it is closed', async () => {
    await watching.goto(`${base}/rooms`)
    await isLive()
    await watching.getByText('No rooms yet').waitFor()
    const owner = await ownerStarts('room')
    await owner.page.getByTestId('invite').waitFor()
    const roomId = new URL(owner.page.url()).pathname.split('/').at(-1) ?? ''
    // Without a reload: the list hears of it.
    await watching.getByRole('link', { name: roomId }).click()
    await isLive()
    await watching.getByText('Nobody is here').waitFor()

    const ann = await guestOf(owner, 'Ann')
    await ann.join('Ann')
    await owner.join('Wanda')
    const roster = watching.getByTestId('roster').getByRole('row')
    await expect.poll(() => roster.count(), eventually).toBe(2)
    const annRow = roster.filter({ hasText: 'Ann' })
    await annRow.locator('[data-source=microphone][data-muted=false]').waitFor()
    await annRow.locator('[data-source=camera][data-muted=false]').waitFor()
    const seconds = async () => (await annRow.getByTestId('seconds').innerText()).match(/\d+/)?.[0]
    const before = Number(await seconds())
    await expect.poll(async () => Number(await seconds()), eventually).toBeGreaterThan(before + 1)
    await inspect(watching, 'project-room-live')

    await annRow.getByRole('button', { name: 'Mute microphone' }).click()
    await annRow.locator('[data-source=microphone][data-muted=true]').waitFor()
    await expect.poll(() => owner.microphonesOfOthers(), eventually).toEqual(['muted'])

    await annRow.getByRole('button', { name: 'Remove Ann' }).click()
    await watching.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await ann.page.getByTestId('ended').waitFor()
    await expect.poll(() => roster.count(), eventually).toBe(1)

    await watching.getByRole('button', { name: 'Close room' }).click()
    await watching.getByRole('alertdialog').getByRole('button', { name: 'Close room' }).click()
    await owner.page.getByTestId('ended').waitFor()
    await watching.getByText('Ended', { exact: true }).waitFor()
    const kinds = () =>
      watching
        .getByTestId('timeline')
        .getByRole('listitem')
        .evaluateAll((items) => items.map((item) => item.getAttribute('data-kind')))
    await expect.poll(kinds, eventually).toEqual(['created', 'joined', 'joined', 'left', 'left', 'ended'])
    const told = (await texts(watching.getByTestId('timeline').getByRole('listitem'))).join('\n')
    expect(told).toContain('Ann left: removed')
    await inspect(watching, 'project-room-ended')
    await Promise.all([ann.close(), owner.page.close()])
  })

  it('is found in the list by its state, its day and its id', async () => {
    await watching.goto(`${base}/rooms`)
    const row = watching.getByRole('row', { name: /^Ended/ })
    await row.waitFor()
    const roomId = (await row.getByRole('link').innerText()).trim()
    await inspect(watching, 'project-rooms')
    await watching.getByLabel('State').selectOption({ label: 'Open' })
    await watching.getByText('No rooms here').waitFor()
    expect(new URL(watching.url()).searchParams.get('state')).toBe('open')
    await watching.getByRole('button', { name: 'Show all rooms' }).click()
    await watching.getByLabel('Id', { exact: true }).fill('nothing')
    await watching.getByRole('button', { name: 'Find' }).click()
    await watching.getByText('An id has').waitFor()
    await watching.getByLabel('Id', { exact: true }).fill(` ${roomId.toUpperCase()}`)
    await watching.getByRole('button', { name: 'Find' }).click()
    await watching.waitForURL((url) => url.searchParams.get('id') === roomId)
    await row.waitFor()
    await watching.getByLabel('Day (UTC)').fill('2020-02-29')
    await watching.getByText('No rooms here').waitFor()
  })
})

describe('a live call', () => {
  it('is first made through the playground, and watched to its end', async () => {
    await watching.goto(`${base}/playground`)
    await watching.getByTestId('start-call').waitFor()
    await inspect(watching, 'project-playground')
    await watching.goto(`${base}/calls`)
    await isLive()
    const owner = await ownerStarts('call')
    await owner.page.getByTestId('invite').waitFor()
    await inspect(owner.page, 'playground-before-joining')
    const callId = new URL(owner.page.url()).pathname.split('/').at(-1) ?? ''
    await watching.getByRole('link', { name: callId }).click()
    await isLive()
    const guest = await guestOf(owner, 'Gil')
    await guest.join('Gil')
    await owner.join('Wanda')
    await owner.expectState('connected')
    await guest.expectState('connected')
    const peers = watching.getByTestId('peers').getByRole('row')
    await expect.poll(() => peers.count(), eventually).toBe(2)
    await inspect(watching, 'project-call-live')
    await watching.getByRole('button', { name: 'End call' }).click()
    await watching.getByRole('alertdialog').getByRole('button', { name: 'End call' }).click()
    await guest.page.getByTestId('ended').waitFor()
    await watching.getByText('Ended', { exact: true }).waitFor()
    await watching.getByText('Both peers are connected').waitFor()
    await inspect(watching, 'project-call-ended')
    await Promise.all([guest.close(), owner.page.close()])
  })

  it('of the backend appears and ends on the list, without a reload', async () => {
    await watching.goto(`${base}/calls?state=open`)
    await isLive()
    const { callId, callTokens } = await createCall(project)
    const link = watching.getByRole('link', { name: callId })
    await link.waitFor()
    await inspect(watching, 'project-calls')
    const joined = await joinCall(callTokens[0], project.publicKey)
    if (!joined.admitted) throw new Error(`Not admitted: ${joined.reason}`)
    joined.socket.send(JSON.stringify({ type: 'bye' }))
    await link.waitFor({ state: 'detached' })
  })
})
