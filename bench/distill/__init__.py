"""How the bundled ``nano`` model is made: a teacher labels, a student learns, and is exported and evaluated.

There are two paths: ``from_questions`` trains on lists of labelled passages, made from files of questions, on a CPU;
``from_packs`` trains on arrays of labels over packs of numbered texts, within minutes, on a GPU where there is one.

The other packages, in the order of the work: ``texts`` makes queries and finds their passages; ``labels`` and ``packs``
hold the teacher's logits; ``student`` is the small model; ``training`` is what both paths train with; ``export`` turns
the result into a model directory.

All of it needs the ``distill`` extra. The stages pass files to each other in one folder. Each can be run again alone,
and a stage that was stopped continues where it was.
"""
