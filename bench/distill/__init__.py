"""How the bundled ``nano`` model is made: labels by a teacher, training, export, evaluation.

Needs the ``distill`` extra. The stages pass files to each other in one folder, each can be run again alone, and a
stage that was stopped goes on where it was.
"""
