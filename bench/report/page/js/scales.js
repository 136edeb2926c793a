// From numbers to places on a chart, and round numbers for its axes.
function linear([low, high], [start, end]) {
  return (value) => start + ((value - low) / (high - low)) * (end - start);
}

function logarithmic([low, high], range) {
  const place = linear([Math.log(low), Math.log(high)], range);
  return (value) => place(Math.log(value));
}

function linearTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) ticks.push(index * step);
  return ticks;
}

// 1, 2 and 5 times powers of ten, or fewer where that would be too many.
function logarithmicTicks(low, high, count) {
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
      }
    }
    if (ticks.length <= count || factors.length === 1) return ticks;
  }
  return [];
}

function tickLabel(value, step) {
  if (value >= 1000) return value.toLocaleString("en-US");
  const decimals = step ? Math.max(0, Math.min(3, -Math.floor(Math.log10(step) + 1e-9))) : 0;
  return step ? value.toFixed(decimals) : String(Number(value.toPrecision(2)));
}

// A range that leaves some room around `values`, at least `least` wide.
function padded(values, share, least) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((high - low) * share, (least - (high - low)) / 2);
  return [Math.max(0, low - room), high + room];
}

function paddedLogarithmic(values, factor) {
  return [Math.min(...values) / factor, Math.max(...values) * factor];
}
