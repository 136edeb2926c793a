// Points and lines over two axes: quality against latency, latency against length.
function plotChart({ x, y, views }) {
  const table = {
    columns: ["Row", "Setting", x.label, y.label, y.kind === "score" ? "95 % interval" : "5th to 95th percentile"],
    rows: ({ lines }) => lines.flatMap(({ series, run, points }) => points.map((point) => [
      seriesName(series, run), point.name, formats[x.kind](point.x), formats[y.kind](point.y), intervalText(point, formats[y.kind]),
    ])),
  };
  return {
    table,
    views: views.map((view) => ({
      ...view,
      series: [...view.levels, ...view.lines].map(({ series, run }) => [series, run]),
      draw: (canvas) => drawPlot(canvas, { x, y }, view),
    })),
  };
}

function drawPlot({ svg, width, points, visible }, axes, { lines, levels, note }) {
  const box = { left: 52, top: 26, right: width - 14, bottom: width < 600 ? 290 : 380 };
  const all = lines.flatMap((line) => line.points);
  const heights = all.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]).concat(levels.map(({ y }) => y));
  const x = axis(axes.x, all.map((point) => point.x), [box.left + 8, box.right - 8]);
  const y = axis(axes.y, heights, [box.bottom, box.top]);
  drawAxes(svg, axes, x, y, box, note);
  for (const { series, run, y: level } of levels.filter(({ series, run }) => visible([series, run]))) {
    svg.append(stroke(series, run, { class: "stroke level", d: `M${box.left} ${y.place(level)}H${box.right}`, "stroke-dasharray": "5 4" }));
    const text = `${seriesName(series, run)} alone, ${formats[axes.y.kind](level)}`;
    write(svg, text, box.right, y.place(level) - 6, { class: "tick", "text-anchor": "end" });
  }
  for (const line of lines.filter(({ series, run }) => visible([series, run]))) {
    const path = line.points.map((point) => `${x.place(point.x)} ${y.place(point.y)}`).join("L");
    svg.append(stroke(line.series, line.run, { class: "stroke curve", d: `M${path}`, "stroke-dasharray": line.run ? "3 3" : dashesOf(line.series) }));
    for (const point of line.points) points.push(plotPoint(axes, line, point, x.place(point.x), y.place));
  }
  return box.bottom + 46;
}

function axis({ log, kind }, values, range) {
  const limits = log ? paddedLogarithmic(values, kind === "count" ? 1.1 : 1.3) : padded(values, 0.1, 0.05);
  const count = Math.max(2, Math.abs(range[1] - range[0]) / (kind === "score" ? 56 : 64));
  const measured = [...new Set(values)].sort((one, two) => one - two);
  if (kind === "count" && measured.length <= count) return { place: logarithmic(limits, range), ticks: measured, step: 1 };
  const ticks = log ? logarithmicTicks(...limits, count) : linearTicks(...limits, count);
  const place = (log ? logarithmic : linear)(limits, range);
  return { place, ticks, step: log ? null : ticks[1] - ticks[0] };
}

function drawAxes(svg, axes, x, y, box, note) {
  for (const tick of x.ticks) {
    svg.append(draw("path", { class: "grid", d: `M${x.place(tick)} ${box.top}V${box.bottom}` }));
    write(svg, tickLabel(tick, x.step), x.place(tick), box.bottom + 18, { class: "tick", "text-anchor": "middle" });
  }
  for (const tick of y.ticks) {
    svg.append(draw("path", { class: "grid", d: `M${box.left} ${y.place(tick)}H${box.right}` }));
    write(svg, tickLabel(tick, y.step), box.left - 8, y.place(tick) + 4, { class: "tick", "text-anchor": "end" });
  }
  write(svg, axes.y.label + note, 2, 14, { class: "strong" });
  write(svg, axes.x.label, (box.left + box.right) / 2, box.bottom + 38, { class: "strong", "text-anchor": "middle" });
}

function plotPoint(axes, { series, run }, point, x, place) {
  const element = draw("g");
  const y = place(point.y);
  if (point.low !== null) {
    const [low, high] = [place(point.low), place(point.high)];
    element.append(stroke(series, run, { class: "stroke whisker", d: `M${x} ${low}V${high}M${x - 3} ${low}h6M${x - 3} ${high}h6` }));
  }
  element.append(symbol(series, run, x, y));
  const [across, up] = [axes.x, axes.y].map((each, index) => `${formats[each.kind](index ? point.y : point.x)} ${each.label}`);
  const kind = axes.y.kind === "score" ? "95 % interval" : "5th to 95th percentile";
  const range = point.low === null ? "" : `, ${kind} ${intervalText(point, formats[axes.y.kind])}`;
  return { element, x, y, text: `${seriesName(series, run)}, ${point.name}: ${up} at ${across}${range}` };
}
