"""How far scores hold still: int8 against fp32, alone against in a batch, run to run and thread to thread."""
