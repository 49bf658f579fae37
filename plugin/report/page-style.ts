/** The style sheet of a report. Colours keep 4.5:1 against their ground, light and dark; none is the only sign of anything. */
export const pageStyle = `
:root { color-scheme: light dark; --ground: #fff; --panel: #f5f6f8; --text: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --updated: #1a7f4b; --failed: #c62833; --conflict: #9a5b00; --skipped: #6e7781; --pending: #2463c4;
  --b0: #2463c4; --b1: #1a7f4b; --b2: #9a5b00; --b3: #8250df; --b4: #bf3989; --b5: #0b7285; --b6: #6e7781; --b7: #c62833; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #101418; --panel: #1a2027; --text: #e6e9ed; --soft: #9aa5b1; --line: #333c46;
    --updated: #3fb977; --failed: #ff6b6b; --conflict: #e3a23a; --skipped: #8b949e; --pending: #6ea2ff;
    --b0: #6ea2ff; --b1: #3fb977; --b2: #e3a23a; --b3: #b794f6; --b4: #f08bc0; --b5: #4cc3d9; --b6: #8b949e; --b7: #ff6b6b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 2rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1.5rem 0 .5rem; }
footer { color: var(--soft); padding-block: 2rem; font-size: .85rem; }
a { color: inherit; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0; }
.figures div { background: var(--panel); border-radius: .5rem; padding: .6rem .8rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-size: 1.1rem; font-weight: 600; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 24rem; font-size: .85rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { text-align: left; font-weight: 400; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.u { white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.o { white-space: nowrap; }
.o::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .4em; background: var(--skipped); }
.o.updated::before { background: var(--updated); } .o.failed::before { background: var(--failed); }
.o.conflict::before { background: var(--conflict); } .o.pending::before { background: var(--pending); }
.gantt { width: 100%; }
.gantt th[scope=row] { white-space: nowrap; }
.gantt td, .gantt th { padding-block: 0; vertical-align: middle; line-height: 1.4rem; }
.gantt .bar { width: 50%; min-width: 16rem; padding-right: 0; }
.bar svg { display: block; width: 100%; height: 1.4rem; }
.bar .grid { vector-effect: non-scaling-stroke; }
.chart { width: 100%; min-width: 36rem; height: auto; display: block; }
.grid { stroke: var(--line); }
.tick { fill: var(--soft); font-size: 12px; text-anchor: middle; } .tick.end { text-anchor: end; } .tick.start { text-anchor: start; }
.updated { fill: var(--updated); } .failed { fill: var(--failed); } .conflict { fill: var(--conflict); }
.skipped { fill: var(--skipped); } .pending { fill: var(--pending); }
.band-0 { fill: var(--b0); } .band-1 { fill: var(--b1); } .band-2 { fill: var(--b2); } .band-3 { fill: var(--b3); }
.band-4 { fill: var(--b4); } .band-5 { fill: var(--b5); } .band-6 { fill: var(--b6); } .band-7 { fill: var(--b7); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin: .5rem 0; font-size: .85rem; }
.swatch { width: .75em; height: .75em; margin-right: .4em; }
details { margin: .75rem 0; } summary { cursor: pointer; color: var(--soft); font-size: .85rem; }
@media print { .scroll { overflow: visible; } tr { break-inside: avoid; } }
`;
