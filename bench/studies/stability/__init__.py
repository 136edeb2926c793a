"""How far a model's scores stay the same: int8 or fp32, alone or in a batch, from run to run, with other threads."""
