"""Reports: tables and charts of an experiment's results, and a page that shows them."""
