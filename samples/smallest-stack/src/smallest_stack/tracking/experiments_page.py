"""The table of `make experiments` as a page of one file. A click on a header sorts the rows."""

from __future__ import annotations

from html import escape

from ..monitoring.page_style import STYLE
from .experiments import Comparison, Value

OWN = """
th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid; }
th[aria-sort="ascending"] button::after { content: " ▲"; }
th[aria-sort="descending"] button::after { content: " ▼"; }
main { max-width: none; } td.text { text-align: left; }
"""
# Numbers are compared as numbers, and missing values stay last.
SORT = """
const body = document.querySelector("tbody");
const headers = [...document.querySelectorAll("thead th")];
headers.forEach((header, index) => header.firstElementChild.addEventListener("click", () => {
  const sign = header.getAttribute("aria-sort") === "descending" ? 1 : -1;
  for (const other of headers) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
  const value = (row) => row.cells[index].dataset.value ?? "";
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = Number(a) - Number(b);
    return sign * (Number.isNaN(difference) ? a.localeCompare(b) : difference);
  };
  body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b))));
}));
"""


def page(table: Comparison) -> str:
    """Return the page. Texts of the runs are escaped."""
    headers = "".join(
        f'<th scope="col"><button type="button">{escape(name)}</button></th>'
        for name in table.columns
    )
    count = len(table.urls)
    rows = "\n".join(
        f"<tr>{''.join(_cell(table, name, index) for name in table.columns)}</tr>"
        for index in range(count)
    )
    title = f"Experiments: {escape(table.model)}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}{OWN}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="soft">The newest {count} runs. Click a header to sort; numbers begin with the largest.</p>
<div class="wide card"><table>
<thead><tr>{headers}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
</main>
<script>{SORT}</script>
</body>
</html>
"""


def _cell(table: Comparison, name: str, index: int) -> str:
    value: Value = table.columns[name][index]
    if value is None:
        return "<td>-</td>"
    full = value if isinstance(value, str) else repr(value)
    shown = escape(value if isinstance(value, str) else f"{value:.5g}")
    url = table.urls[index]
    if name == "run" and url.startswith(("https://", "http://")):
        shown = f'<a href="{escape(url)}" rel="noreferrer">{shown}</a>'
    kind = ' class="text"' if isinstance(value, str) else ""
    return f'<td{kind} data-value="{escape(full)}">{shown}</td>'
