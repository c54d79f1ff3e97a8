"""Style sheet of the monitoring report: light and dark, for any screen width and print."""

STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #566070;
  --rule: #dde1e7; --then: #8590a1; --now: #0b5cad; --alarm: #b3400a; --alarm-ground: #fdeee4;
  --good: #1a6e41; --good-ground: #e5f4eb; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b2129;
  --ink: #e8ebf0; --soft: #a3adba; --rule: #333c48; --then: #6f7c8f; --now: #6db3f8;
  --alarm: #ff9a5c; --alarm-ground: #3a2317; --good: #74d19c; --good-ground: #163325; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 26px; margin: 0; line-height: 1.25; } h2 { font-size: 19px; margin: 40px 0 4px; }
h3 { color: var(--ink); font-size: 15px; margin: 0; overflow-wrap: anywhere; }
h3 .soft { font-weight: 400; }
p { margin: 4px 0 12px; } .soft, figcaption { color: var(--soft); }
.head { display: flex; flex-wrap: wrap; gap: 12px 16px; align-items: center; }
.badge { border-radius: 999px; padding: 3px 12px; font-weight: 600; white-space: nowrap;
  font-size: 13px; }
.badge.drifted { color: var(--alarm); background: var(--alarm-ground); }
.badge.stable { color: var(--good); background: var(--good-ground); }
.badge.unknown { color: var(--soft); background: var(--rule); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 16px 18px; break-inside: avoid; min-width: 0; }
.card.drifted { border-color: var(--alarm); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px;
  margin: 22px 0 0; }
.tiles dt { color: var(--soft); font-size: 13px; }
.tiles dd { margin: 0; font-size: 25px; font-weight: 600; line-height: 1.3; }
.tiles small { display: block; font-size: 13px; font-weight: 400; color: var(--soft); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 14px; }
figure { margin: 0; } figcaption { font-size: 13px; margin-bottom: 8px; }
.name { display: flex; justify-content: space-between; gap: 10px; align-items: start; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 12px; } svg .tick { fill: var(--soft); font-size: 11px;
  font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); } .then { fill: var(--then); } rect.now { fill: var(--now); }
.area { fill: var(--now); opacity: .16; } .line { fill: none; stroke: var(--now); stroke-width: 2;
  stroke-linejoin: round; }
.drifted rect.now, .drifted .area { fill: var(--alarm); } .drifted .line { stroke: var(--alarm); }
.limit { stroke: var(--ink); stroke-width: 2; } .level { stroke: var(--alarm); stroke-width: 1.5;
  stroke-dasharray: 6 4; } .base { stroke: var(--soft); stroke-width: 1.5;
  stroke-dasharray: 2 3; } .mark { stroke: var(--soft); }
.stem { stroke-width: 2; stroke: var(--then); } .stem.drifted { stroke: var(--alarm); }
.dot { fill: var(--now); } .dot.drifted { fill: var(--alarm); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: 13px;
  margin: 0 0 12px; padding: 0; list-style: none; }
.key svg { display: inline-block; width: 20px; height: 12px; margin-right: 6px;
  vertical-align: -1px; }
summary { color: var(--soft); font-size: 13px; cursor: pointer; }
.wide { overflow-x: auto; margin-top: 14px; } .wide svg { min-width: 760px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 6px; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--rule);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
th:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere;
  min-width: 11em; }
tbody th { color: var(--ink); font-size: 15px; font-weight: 400; }
tr.drifted td:last-child { color: var(--alarm); font-weight: 600; }
footer { margin-top: 40px; font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
@media print { body { background: #fff; } main { padding: 0; max-width: none; } }
"""
