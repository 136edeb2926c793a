// Tables sort by their headers and show the rows that have the words typed.
const FEW_ROWS = 6;
const alphabetical = new Intl.Collator("en", { numeric: true });

function setUpTable(container) {
  const table = container.querySelector("table");
  const body = table.tBodies[0];
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = make("button", { type: "button", class: "sort" }, ...header.childNodes);
    header.append(button);
    header.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sortBy(headers, body, column));
  });
  if (body.rows.length >= FEW_ROWS) addFilter(container, body);
}

// The first click shows the largest numbers, and texts in alphabetical order; what was not measured stays last.
function sortBy(headers, body, column) {
  const numeric = headers[column].classList.contains("number");
  const order = headers[column].getAttribute("aria-sort");
  const first = numeric ? "descending" : "ascending";
  const second = numeric ? "ascending" : "descending";
  const next = order === first ? second : first;
  headers.forEach((header, place) => header.setAttribute("aria-sort", place === column ? next : "none"));
  const sign = next === "ascending" ? 1 : -1;
  const rows = [...body.rows].map((row) => ({ row, cell: row.cells[column] }));
  rows.sort((one, two) => {
    if (!numeric) return sign * alphabetical.compare(one.cell.textContent, two.cell.textContent);
    const [left, right] = [one.cell.dataset.value, two.cell.dataset.value];
    if (left === "" || right === "") return Number(left === "") - Number(right === "");
    return sign * (Number(left) - Number(right));
  });
  body.append(...rows.map(({ row }) => row));
}

function addFilter(container, body) {
  const input = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const count = make("span", { class: "count", role: "status" });
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += Number(!row.hidden);
    }
    count.textContent = input.value.trim() ? `${shown} of ${countOf(body.rows.length, "row")}` : "";
  });
  const tools = container.querySelector(".tools");
  tools.append(make("label", { class: "field" }, make("span", {}, "Filter"), input), count);
  tools.hidden = false;
}
