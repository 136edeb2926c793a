// Query by query: what gained, what lost, and the documents behind it.
const ORDERS = {
  change: ["Largest change", (one, two) => Math.abs(changeOf(two)) - Math.abs(changeOf(one))],
  gain: ["Largest gain", (one, two) => changeOf(two) - changeOf(one)],
  loss: ["Largest loss", (one, two) => changeOf(one) - changeOf(two)],
  id: ["Query id", (one, two) => alphabetical.compare(one.id, two.id)],
};

function changeOf({ left, right }) {
  return right - left;
}

function hasDocuments({ queries }) {
  return queries.some(({ documents }) => documents);
}

function setUpQueries(root) {
  const { comparisons } = page.queries;
  const list = make("ul", { class: "query-list", "aria-label": "Queries" });
  const detail = make("div", { class: "query", role: "region", "aria-label": "The query chosen" });
  const status = make("p", { class: "small", role: "status" });
  const filter = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const first = comparisons.find(hasDocuments) ?? comparisons[0];
  const state = { comparison: first, order: "gain", query: null };

  function refresh() {
    const words = filter.value.toLowerCase().split(/\s+/);
    const found = state.comparison.queries.filter(({ id, text }) =>
      words.every((word) => `${id} ${text ?? ""}`.toLowerCase().includes(word)));
    found.sort(ORDERS[state.order][1]);
    const { all, gained, lost, queries } = state.comparison;
    const listed = queries.length < all ? `; listed are the ${queries.length} that changed most` : "";
    const matching = filter.value.trim() ? `; ${found.length} match` : "";
    status.textContent = `${countOf(all, "query")}: ${gained} gained, ${lost} lost, ${all - gained - lost} the same${listed}${matching}.`;
    list.replaceChildren(...found.map((query) => make("li", {}, queryButton(query))));
    pick(found[0] ?? null);
  }

  function queryButton(query) {
    const button = make("button", { type: "button", tabindex: "-1" }, make("span", { class: "name", dir: "auto" }, query.text ?? query.id), ...changeBar(query));
    button.query = query;
    button.addEventListener("click", () => {
      pick(query);
      // Beneath the list, on a phone, the documents would be out of sight.
      if (detail.getBoundingClientRect().top > innerHeight * 0.8) detail.scrollIntoView();
    });
    return button;
  }

  function pick(query) {
    state.query = query;
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.query === query));
      button.setAttribute("tabindex", button.query === query ? "0" : "-1");
    }
    detail.replaceChildren(...(query ? queryDetail(state.comparison, query) : [make("p", {}, "No query matches.")]));
  }

  const choose = comparisonFields(comparisons, first, (comparison) => {
    state.comparison = comparison;
    refresh();
  });
  const order = chooser("Order", Object.entries(ORDERS).map(([key, [text]]) => [key, text]), (value) => {
    state.order = value;
    refresh();
  });
  order.select.value = state.order;
  filter.addEventListener("input", refresh);
  rove(list, () => [...list.querySelectorAll("button")],
    { previous: ["ArrowUp"], next: ["ArrowDown"], onMove: (button) => pick(button.query) });
  const find = make("label", { class: "field" }, make("span", {}, "Find"), filter);
  root.append(make("div", { class: "tools" }, ...choose, order.field, find), status, make("div", { class: "panes" }, list, detail));
  root.hidden = false;
  refresh();
}

// Dataset, model, and what it is compared with: as far as there is a choice.
function comparisonFields(comparisons, first, onChange) {
  const parts = { Dataset: ({ dataset }) => dataset, Model: ({ model }) => model, "Compared with": ({ left }) => left };
  const picked = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part(first)]));
  const selects = {};
  const settle = (changed) => {
    const score = (each) => Object.entries(parts).reduce((sum, [name, part]) =>
      sum + (part(each) === picked[name] ? (name === changed ? 10 : 1) : 0), 0);
    const best = comparisons.reduce((one, two) => (score(two) > score(one) ? two : one));
    for (const [name, part] of Object.entries(parts)) {
      picked[name] = part(best);
      if (selects[name]) selects[name].value = picked[name];
    }
    onChange(best);
  };
  const fields = [];
  for (const [name, part] of Object.entries(parts)) {
    const values = [...new Set(comparisons.map(part))];
    const { field, select } = chooser(name, values.map((value) => [value, value]), (value) => {
      picked[name] = value;
      settle(name);
    });
    select.value = picked[name];
    selects[name] = select;
    fields.push(field);
  }
  return fields;
}

function changeBar(query) {
  const change = changeOf(query);
  const size = Math.min(1, Math.abs(change)) * 24;
  const bar = draw("svg", { viewBox: "0 0 48 8", width: 48, height: 8, "aria-hidden": "true", class: change >= 0 ? "bar-up" : "bar-down" },
    draw("path", { class: "zero", d: "M24 0V8" }), draw("rect", { x: change >= 0 ? 24 : 24 - size, y: 1, width: size, height: 6 }));
  return [bar, make("span", { class: "number" }, formats.change(change))];
}

function queryDetail(comparison, query) {
  const title = make("h3", { dir: "auto" }, query.text ?? `Query ${query.id}`);
  const values = make("p", { class: "values" }, `${comparison.left} `, make("strong", {}, formats.score(query.left)),
    make("span", { "aria-hidden": "true" }, " \u2192 "), unseen(" to "), `${comparison.right} `, make("strong", {}, formats.score(query.right)),
    make("span", { class: "counts" }, ` ${formats.change(changeOf(query))} ${page.measure}; query ${query.id}`));
  if (query.documents) return [title, values, rankings(comparison, query)];
  const reason = hasDocuments(comparison)
    ? "This query's documents were left out to keep the page small."
    : "The texts of queries and documents are not part of this run.";
  return [title, values, make("p", { class: "note" }, reason)];
}
