import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.data.collections.collection import Availability, Collection
from bench.data.first_stages import bm25
from bench.data.quickstart.python_docs import DATASET_ID, PythonDocs
from bench.measure.quality import measure

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def collection() -> PythonDocs:
    return PythonDocs("Python docs")


@pytest.fixture(scope="module")
def documents(collection):
    return dict(collection.documents())


def test_it_is_a_collection(collection, documents):
    opened: Collection = collection
    assert opened.name == "Python docs"
    assert collection.texts(["len", "json.dumps", "len"]) == {name: documents[name] for name in ("len", "json.dumps")}
    assert documents["len"].startswith("len(obj) Return the number of items")
    with pytest.raises(BenchError, match="1 of the documents asked for are not in the collection, the first is 'no'"):
        collection.texts(["len", "no"])
    with pytest.raises(BenchError, match=f"{DATASET_ID} comes with no scored documents"):
        collection.scored_documents()


def test_nothing_has_to_be_downloaded(collection, documents):
    found = collection.check()
    assert found == Availability(present=True, download_bytes=0, detail=found.detail)
    assert re.fullmatch(rf"{DATASET_ID}: {len(documents)} docstrings of Python 3\.\d+\.\S+", found.detail)


def test_there_are_questions_enough_and_all_are_judged(collection):
    queries, qrels = collection.queries(), collection.qrels()
    assert len(queries) >= 70
    assert set(queries) == set(qrels)
    assert len(set(queries.values())) == len(queries)
    for text in queries.values():
        assert text == " ".join(text.split())
        assert len(text.split()) >= 3
    grades = Counter(grade for judged in qrels.values() for grade in judged.values())
    assert set(grades) == {0, 1, 2, 3}
    assert all(len(judged) >= 15 for judged in qrels.values())


def test_the_judgments_fit_this_python(collection, documents):
    relevant = {query: {doc for doc, grade in judged.items() if grade} for query, judged in collection.qrels().items()}
    assert all(docs & set(documents) for docs in relevant.values())
    named = set().union(*relevant.values())
    assert len(named & set(documents)) >= 0.95 * len(named)


def test_bm25_is_neither_perfect_nor_hopeless(collection, tmp_path):
    run = bm25.search(collection, collection.queries(), k1=0.9, b=0.4, depth=100, cache_dir=tmp_path)
    values = measure(run, collection.qrels(), ["nDCG@10"])["value"]
    assert 0.3 < values.mean() < 0.8


def test_importing_it_has_no_side_effects(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        "import bench.data.quickstart.python_docs; print('shutil' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert len(run.stdout.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
