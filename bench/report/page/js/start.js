// Everything the page does begins here.
setUpTheme();
setUpPrinting();
for (const container of document.querySelectorAll("[data-table]")) setUpTable(container);
for (const figure of document.querySelectorAll("[data-chart]")) {
  const chart = page.charts[figure.dataset.chart];
  setUpChart(figure, chart.rows ? dotChart(chart) : plotChart(chart));
}
const explorer = document.getElementById("explorer");
if (explorer) setUpQueries(explorer);
