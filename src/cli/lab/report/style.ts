/** The style of the report: light and dark, on screens and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --ink: #1c1f23; --quiet: #59616b; --line: #d5d9de; --panel: #f5f6f8; --link: #00539c;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #a8548a; --computed: #7a838d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --ink: #e8eaed; --quiet: #a3abb5; --line: #363c44; --panel: #1e2228; --link: #7cc0ff;
    --series-1: #56b4e9; --series-2: #f0a04b; --series-3: #2fc79a; --series-4: #e39ccb; --computed: #8d97a3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .75rem; }
a { color: var(--link); }
nav ol { columns: 2; column-gap: 2rem; padding-left: 1.4rem; }
section { border-top: 1px solid var(--line); padding: 2rem 0 1rem; }
.sees { font-size: 1.08rem; margin: 0 0 .5rem; }
.advice { margin: 0 0 1rem; padding: .6rem .9rem; background: var(--panel); border-left: 4px solid var(--series-1); }
.note { color: var(--quiet); }
.warning { padding: .6rem .9rem; background: var(--panel); border-left: 4px solid var(--series-2); }
figure { margin: 1.5rem 0 2rem; }
figcaption { font-weight: 600; margin-bottom: .35rem; }
figure svg { max-width: 100%; height: auto; font-size: 13px; overflow: visible; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: 0 0 .4rem; padding: 0; font-size: .9rem; }
.chart, .numbers { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: .3rem 0; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
footer { color: var(--quiet); font-size: .9rem; border-top: 1px solid var(--line); }
@media (max-width: 36rem) { nav ol { columns: 1; } }
@media print {
  :root { color-scheme: light; --ground: #fff; --ink: #000; --quiet: #444; --line: #bbb; --panel: #fff; --link: #000;
    --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #a8548a; --computed: #777; }
  nav { display: none; }
  figure, tr, .advice { break-inside: avoid; }
  h2 { break-after: avoid; }
  body { font-size: 11pt; }
}
`;
