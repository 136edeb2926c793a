// One mark a model: colour, shape and dashes, so that colour is never the only difference. The other run is hollow.
const COLOURS = 6;
const SHAPES = [
  "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z",
  "M-4.4-4.4H4.4V4.4H-4.4Z",
  "M0-5.6L5.4 4.2H-5.4Z",
  "M0-6L5 0L0 6L-5 0Z",
  "M0 5.6L5.4-4.2H-5.4Z",
  "M-1.9-5.4H1.9V-1.9H5.4V1.9H1.9V5.4H-1.9V1.9H-5.4V-1.9H-1.9Z",
  "M0-2.6L2.8-5.4L5.4-2.8L2.6 0L5.4 2.8L2.8 5.4L0 2.6L-2.8 5.4L-5.4 2.8L-2.6 0L-5.4-2.8L-2.8-5.4Z",
];
const DASHES = [null, "7 3", "2 2.5", "7 3 2 3"];
const FIRST_STAGE = "M-1.6-6H1.6V6H-1.6Z";

function seriesName(series, run) {
  const name = series < 0 ? page.first_stage : page.models[series];
  return page.runs.length > 1 ? `${name}, ${page.runs[run]}` : name;
}

function colourOf(series) {
  return series < 0 ? "var(--reference)" : `var(--series-${series % COLOURS})`;
}

function dashesOf(series) {
  return series < 0 ? "4 3" : DASHES[series % DASHES.length];
}

function symbol(series, run, x, y) {
  const shape = draw("path", {
    class: run === 0 ? "mark" : "mark hollow",
    d: series < 0 ? FIRST_STAGE : SHAPES[series % SHAPES.length],
    transform: `translate(${x} ${y})`,
  });
  shape.style.setProperty("--colour", colourOf(series));
  return shape;
}

function stroke(series, run, attributes, tag = "path") {
  const line = draw(tag, { class: "stroke", "stroke-dasharray": run === 0 ? null : "3 3", ...attributes });
  line.style.setProperty("--colour", colourOf(series));
  return line;
}
