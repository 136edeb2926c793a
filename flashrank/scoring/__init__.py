"""From texts to scores: token ids, the model's logits, and scores in 0..1."""
