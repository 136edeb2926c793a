// Elements, numbers and the page's data. Text from outside only ever becomes text nodes and attribute values.
const page = JSON.parse(document.getElementById("data").textContent);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

// As bench.report.values.text writes them.
const formats = {
  score: (value) => value.toFixed(3),
  count: (value) => value.toLocaleString("en-US"),
  ms: (value) => {
    if (value >= 99.95) return Math.round(value).toLocaleString("en-US");
    return value.toFixed(value >= 9.995 ? 1 : 2);
  },
  change: (value) => {
    const size = Math.abs(value).toFixed(3);
    if (Number(size) === 0) return size;
    return (value > 0 ? "+" : "\u2212") + size;
  },
};

function countOf(number, noun) {
  const plural = noun.endsWith("y") ? noun.slice(0, -1) + "ies" : noun + "s";
  return `${formats.count(number)} ${number === 1 ? noun : plural}`;
}

// One <select> with its label; `options` are [value, text] pairs.
function chooser(label, options, onChange) {
  const select = make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));
  select.addEventListener("change", () => onChange(select.value));
  return { select, field: make("label", { class: "field" }, make("span", {}, label), select) };
}

// Arrow keys move among elements of which one at a time can be reached with Tab.
function rove(container, items, { previous, next, onMove }) {
  container.addEventListener("keydown", (event) => {
    const all = items();
    const here = all.indexOf(document.activeElement);
    if (here < 0) return;
    const places = { Home: 0, End: all.length - 1 };
    for (const key of previous) places[key] = Math.max(0, here - 1);
    for (const key of next) places[key] = Math.min(all.length - 1, here + 1);
    if (!(event.key in places) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    all[here].setAttribute("tabindex", "-1");
    const target = all[places[event.key]];
    target.setAttribute("tabindex", "0");
    target.focus();
    if (onMove) onMove(target);
  });
}
