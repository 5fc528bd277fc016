/** How the reference page looks; its colours are the dashboard's. */
export const pageStyle = `
:root { color-scheme: light dark; --canvas: #f7f7f5; --surface: #fff; --line: #dfe1dc; --ink: #171c1b; --muted: #5b6462; --accent: #0b7a66; --soft: #dcf1ec; --danger: #c6282e }
@media (prefers-color-scheme: dark) { :root { --canvas: #0d1011; --surface: #15191a; --line: #2b3233; --ink: #eef2f0; --muted: #9aa6a3; --accent: #35c3a5; --soft: #12332d; --danger: #ff7478 } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; background: var(--canvas); color: var(--ink); font: 1rem/1.6 ui-sans-serif, system-ui, sans-serif }
a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: var(--surface); padding: .5rem 1rem }
.layout { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 90rem; margin: auto }
nav { position: sticky; top: 0; max-height: 100dvh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem; border-right: 1px solid var(--line); align-self: start; min-height: 100dvh }
nav h2 { font-size: .8rem; color: var(--muted); margin: 1.4rem 0 .3rem }
nav ul { list-style: none; margin: 0; padding: 0 }
nav li a { display: block; padding: .25rem .5rem; border-radius: .4rem; color: inherit; text-decoration: none; font-size: .92rem }
nav li a:hover { background: var(--soft) }
.home { font-weight: 700; text-decoration: none; color: inherit }
main { padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 5rem }
h1 { font-size: 2.2rem; line-height: 1.15; margin: 0 0 1rem }
h2 { font-size: 1.5rem; margin: 0 }
main > section { margin-top: 3.5rem }
article { border-top: 1px solid var(--line); padding: 2rem 0 1rem; margin-top: 1.5rem; display: grid; grid-template-columns: minmax(0, 1.05fr) minmax(0, 1fr); gap: 1rem 2.5rem }
article > header { grid-column: 1 / -1 }
h3 { font-size: 1.25rem; margin: 0 0 .4rem } h4 { font-size: .95rem; margin: 1.4rem 0 .4rem }
.endpoint { font: .9rem/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
.method { display: inline-block; font-weight: 700; color: var(--accent); margin-right: .5rem } .delete { color: var(--danger) }
.muted { color: var(--muted) } .prose { max-width: 46rem }
code { font: .88em ui-monospace, Menlo, Consolas, monospace; background: var(--soft); padding: .1em .3em; border-radius: .3em }
pre { background: #111716; color: #e6edea; border-radius: .7rem; padding: .9rem 1rem; overflow-x: auto; font-size: .82rem; line-height: 1.5; margin: .4rem 0 1rem }
pre code { background: none; padding: 0; font-size: inherit }
table { border-collapse: collapse; width: 100%; font-size: .92rem } th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line) } th { color: var(--muted); font-weight: 500 }
dl { margin: 0 } dt { margin-top: .6rem } dd { margin: 0 } dd p { margin: .1rem 0 }
details { border-bottom: 1px solid var(--line); padding: .45rem 0 } summary { cursor: pointer }
.status { font-weight: 700; margin-right: .4rem }
@media (max-width: 60rem) { .layout, article { grid-template-columns: minmax(0, 1fr) } nav { position: static; min-height: 0; max-height: none; border-right: 0; border-bottom: 1px solid var(--line) } }
`
