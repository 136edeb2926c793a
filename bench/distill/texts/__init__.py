"""The texts of a distillation, and their labels by the teacher."""
