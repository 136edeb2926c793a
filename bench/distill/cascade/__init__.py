"""The rule of a cascade, calibrated on training queries: which passages its second model scores."""
