// Everything the page does begins here.
setUpTheme();
setUpPrinting();
for (const container of document.querySelectorAll("[data-table]")) setUpTable(container);
for (const figure of document.querySelectorAll("[data-chart]")) {
  const name = figure.dataset.chart;
  setUpChart(figure, name === "quality" ? qualityChart(page.charts[name]) : plotChart(page.charts[name]));
}
const explorer = document.getElementById("explorer");
if (explorer) setUpQueries(explorer);
