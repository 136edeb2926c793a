// Means of a measure: one row a dataset, one point a model, with its interval.
function dotChart({ measure, rows }) {
  const keys = new Map(rows.flatMap(({ points }) => points).map(({ series, run }) => [`${series}/${run}`, [series, run]]));
  const series = [...keys.values()].sort((one, two) => one[0] - two[0] || one[1] - two[1]);
  const table = {
    columns: ["Dataset", "Row", measure, "95 % interval"],
    rows: () => rows.flatMap(({ label, points }) => points.map((point) =>
      [label, seriesName(point.series, point.run), formats.score(point.value), intervalText(point)])),
  };
  return { views: [{ choices: {}, series, draw: (canvas) => drawDots(canvas, rows, series) }], table };
}

function intervalText({ low, high }, format = formats.score) {
  return low === null ? "\u2013" : `${format(low)} to ${format(high)}`;
}

function drawDots({ svg, width, points, visible }, rows, series) {
  const wide = width >= 600;
  const left = wide ? Math.min(190, width / 4) : 4;
  const right = 52;
  const pitch = series.length > 5 ? 13 : 17;
  const shown = series.filter(visible);
  const top = Math.max(0.01, ...rows.flatMap((row) => row.points).map(({ value, high }) => high ?? value));
  const x = linear([0, top], [left, width - right]);
  const ticks = linearTicks(0, top, Math.max(2, (width - left) / 80));
  const heading = wide ? 0 : 22;
  let y = 6;
  const start = y;
  for (const row of rows) {
    const height = Math.max(pitch * shown.length, wide ? 34 : 12) + heading + 14;
    if (row.apart) svg.append(draw("rect", { class: "band", x: 0, y, width, height }));
    else if (y > start) svg.append(draw("path", { class: "rule", d: `M0 ${y}H${width}` }));
    labelRow(svg, row, wide, left, y, height);
    const present = shown.map((key) => [key, row.points.find(({ series, run }) => series === key[0] && run === key[1])]);
    let line = y + heading + 7 + (height - heading - 14 - pitch * shown.length) / 2 + pitch / 2;
    for (const [, point] of present) {
      if (point) points.push(drawDot(svg, row, point, x, line));
      line += pitch;
    }
    y += height;
  }
  for (const tick of ticks) {
    svg.prepend(draw("path", { class: "grid", d: `M${x(tick)} ${start}V${y}` }));
    write(svg, tickLabel(tick, ticks[1] - ticks[0]), x(tick), y + 16, { class: "tick", "text-anchor": "middle" });
  }
  return y + 24;
}

function labelRow(svg, { label, detail }, wide, left, y, height) {
  const middle = y + height / 2;
  if (!wide) {
    const text = draw("text", { x: 6, y: y + 20, class: "strong", "aria-hidden": "true" }, label);
    text.append(draw("tspan", { class: "tick", dx: 8 }, detail));
    svg.append(text);
    return;
  }
  const room = Math.floor((left - 20) / 7.4);
  const short = label.length > room ? `${label.slice(0, room - 1)}\u2026` : label;
  write(svg, short, left - 16, middle - (detail ? 3 : -5), { class: "strong", "text-anchor": "end" });
  write(svg, detail, left - 16, middle + 13, { class: "tick", "text-anchor": "end" });
}

function drawDot(svg, row, point, x, y) {
  const { series, run, value, low, high } = point;
  const element = draw("g");
  if (low !== null) element.append(stroke(series, run, { d: `M${x(low)} ${y}H${x(high)}` }));
  element.append(symbol(series, run, x(value), y));
  write(element, formats.score(value), x(high ?? value) + 8, y + 4, { class: "tick" });
  const interval = low === null ? "" : `, 95 % interval ${intervalText(point)}`;
  return { element, x: x(value), y, text: `${row.label}, ${seriesName(series, run)}: ${formats.score(value)}${interval}` };
}
