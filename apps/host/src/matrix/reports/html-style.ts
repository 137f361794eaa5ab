/** The look of the HTML report, light and dark, from a phone's width on. */
export const style = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f3f5f7; --good: #1a7f37; --bad: #b3261e; --dim: #57606a; --boot: #8aa4c8; --run: #3b6fb6; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #1b2027; --good: #4ac26b; --bad: #ff8078; --dim: #9198a1; --boot: #4d6689; --run: #6ea2e8; } body { background: #0d1117; color: #e6edf3; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; } .dim { color: var(--dim); }
a { color: inherit; }
.grid td { text-align: center; padding: .2rem .5rem; } .grid th[scope=row] { font-weight: 400; overflow-wrap: anywhere; min-width: 12rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .7rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
pre { background: var(--soft); border-radius: 6px; margin: .5rem 0; max-height: 30rem; overflow: auto; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
svg { display: block; } svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
@media (max-width: 40rem) { th, td { padding-right: .4rem; } .results { font-size: 13px; } .results td { min-width: 4rem; overflow-wrap: anywhere; } .results td.number { min-width: 0; } .grid th { font-size: 12px; min-width: 4rem; overflow-wrap: anywhere; } .grid th[scope=row] { font-size: 13px; min-width: 6rem; } svg { height: auto; max-width: 100%; min-width: 30rem; } }
.boot { fill: var(--boot); } .run { fill: var(--run); }
`;
