"""The report of a run, from its results alone: ``report.md``, ``report.html``, tables and charts.

``values`` works out the numbers. ``tables`` and ``charts`` show them, ``sections`` lists which and where, ``assemble``
makes all of a run, ``markdown`` and ``page`` write what it made, and ``write`` puts the files into a folder.
``console_summary`` prints a summary.
"""
