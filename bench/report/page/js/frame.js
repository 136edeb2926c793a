// What every chart has around it: choices, a legend that hides series, notes at the points, and its numbers.
//
// A chart is { views: [{ choices, series: [[series, run]], draw(canvas, view) }], table: { columns, rows(view) } }.
function setUpChart(figure, chart) {
  const hidden = new Set();
  const svg = draw("svg", { role: "group", "aria-labelledby": figure.getAttribute("aria-labelledby") });
  const tip = make("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const area = make("div", { class: "canvas" }, svg, tip);
  const legend = make("div", { class: "legend", role: "group", "aria-label": "Series shown" });
  const body = make("tbody");
  const columns = chart.table.columns.map((column) => make("th", { scope: "col" }, column));
  const numbers = make("table", {}, make("caption", { class: "unseen" }, "The numbers of the chart"),
    make("thead", {}, make("tr", {}, ...columns)), body);
  const fold = make("details", { class: "fold" }, make("summary", {}, "The numbers of this chart as a table"),
    make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "The numbers of the chart" }, numbers));
  const picked = { ...chart.views[0].choices };
  const view = () => chart.views.find(({ choices }) => same(choices, picked)) ?? chart.views[0];
  let width = 0;

  function refresh() {
    hide(tip);
    svg.replaceChildren();
    const points = [];
    const visible = ([series, run]) => !hidden.has(`${series}/${run}`);
    const height = view().draw({ svg, width, points, visible }, view());
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    points.forEach(({ element, text }, index) => {
      fill(element, { role: "img", "aria-label": text, tabindex: index ? "-1" : "0", class: "point" }, []);
      svg.append(element);
    });
    area.points = points;
    body.replaceChildren(...chart.table.rows(view()).map((row) =>
      make("tr", {}, ...row.map((cell, place) => make(place ? "td" : "th", place ? {} : { scope: "row" }, cell)))));
  }

  function relabel() {
    const entries = view().series.map(([series, run]) => legendButton(series, run, hidden, refresh));
    legend.replaceChildren(...entries);
  }

  const choices = choiceFields(chart.views, picked, () => {
    relabel();
    refresh();
  });
  figure.append(...choices, legend, area, fold);
  watchPoints(area, svg, tip);
  relabel();
  const measure = () => {
    if (Math.round(area.clientWidth) === width || !area.clientWidth) return;
    width = Math.round(area.clientWidth);
    refresh();
  };
  new ResizeObserver(() => requestAnimationFrame(measure)).observe(area);
  measure();
}

function same(one, two) {
  return Object.entries(one).every(([name, value]) => two[name] === value);
}

// A <select> for everything that the views differ in.
function choiceFields(views, picked, onChange) {
  const fields = [];
  for (const name of Object.keys(picked)) {
    const values = [...new Set(views.map(({ choices }) => choices[name]))];
    if (values.length < 2) continue;
    const { field } = chooser(name, values.map((value) => [value, value]), (value) => {
      picked[name] = value;
      onChange();
    });
    fields.push(field);
  }
  return fields.length ? [make("div", { class: "tools" }, ...fields)] : [];
}

function legendButton(series, run, hidden, onChange) {
  const key = `${series}/${run}`;
  const swatch = draw("svg", { viewBox: "-9 -9 18 18", width: 16, height: 16, "aria-hidden": "true" }, symbol(series, run, 0, 0));
  const button = make("button", { type: "button", "aria-pressed": String(!hidden.has(key)) }, swatch, seriesName(series, run));
  button.addEventListener("click", () => {
    if (!hidden.delete(key)) hidden.add(key);
    button.setAttribute("aria-pressed", String(!hidden.has(key)));
    onChange();
  });
  return button;
}

function hide(tip) {
  tip.hidden = true;
}

// The point that has the focus, or is nearest to the pointer or the finger, says what it is.
function watchPoints(area, svg, tip) {
  const show = ({ x, y, text }) => {
    tip.textContent = text;
    tip.hidden = false;
    const room = area.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, x - tip.offsetWidth / 2))}px`;
    const above = y - tip.offsetHeight - 12;
    tip.style.top = `${above < 0 ? y + 14 : above}px`;
  };
  const near = (event) => {
    const box = svg.getBoundingClientRect();
    const distance = (point) => Math.hypot(point.x - (event.clientX - box.left), point.y - (event.clientY - box.top));
    const nearest = area.points.reduce((best, point) => (!best || distance(point) < distance(best) ? point : best), null);
    if (nearest && distance(nearest) < 28) show(nearest);
    else hide(tip);
  };
  const focused = () => area.points.find(({ element }) => element === document.activeElement);
  svg.addEventListener("pointermove", near);
  svg.addEventListener("pointerdown", near);
  svg.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") hide(tip);
  });
  svg.addEventListener("focusin", () => focused() && show(focused()));
  svg.addEventListener("focusout", () => hide(tip));
  svg.addEventListener("keydown", (event) => event.key === "Escape" && hide(tip));
  rove(svg, () => area.points.map(({ element }) => element),
    { previous: ["ArrowLeft", "ArrowUp"], next: ["ArrowRight", "ArrowDown"] });
}

function write(svg, text, x, y, attributes = {}) {
  svg.append(draw("text", { x, y, "aria-hidden": "true", ...attributes }, text));
}
