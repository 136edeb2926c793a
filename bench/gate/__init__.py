"""The gate: is a new version as good and as fast as the one before?

``compare_results`` judges two folders of results; ``compare_versions`` lets two versions take turns. What is tolerated,
the margin included, stands in ``bench.experiment.gate_limits``. ``validation`` tries whether the gate keeps its word.
"""
