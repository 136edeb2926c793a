import math
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.data.first_stages.bm25 import search

# Neither the stemmer nor the list of stopwords touches these words.
WORDS = ["aa1", "bb2", "cc3", "dd4"]


@dataclass
class Memory:
    texts: list[str]
    name: str = "memory"

    def documents(self):
        return ((f"d{position}", text) for position, text in enumerate(self.texts))


def lucene_bm25(query, texts, k1, b):
    """BM25 as Lucene scores it, in float64: position -> score of the documents that match.

    Lucene's docCount, which the mean length is over too, counts documents with at least one term.
    """
    documents = [Counter(text.split()) for text in texts]
    count = sum(map(bool, documents))
    average = sum(document.total() for document in documents) / count
    scores = Counter()
    for word in query.split():
        frequency = sum(word in document for document in documents)
        idf = math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
        for position, document in enumerate(documents):
            if word in document:
                norm = k1 * (1 - b + b * document.total() / average)
                scores[position] += idf * document[word] / (document[word] + norm)
    return scores


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def entries(cache):
    return [path for path in (cache / "bm25").iterdir() if path.is_dir()]


texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), min_size=1, max_size=20).filter(
    lambda texts: any(texts)
)
queries = st.lists(st.sampled_from([*WORDS, "unknown9"]), max_size=4).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(texts=texts, query=queries, k1=st.sampled_from([0.0, 0.9, 1.5]), b=st.sampled_from([0.0, 0.4, 1.0]))
def test_scores_are_lucenes(tmp_path_factory, texts, query, k1, b):
    cache = tmp_path_factory.mktemp("cache")
    found = search(Memory(texts), {"q": query}, k1=k1, b=b, depth=100, cache_dir=cache)["q"]
    expected = lucene_bm25(query, texts, k1, b)
    assert dict(found) == {f"d{position}": pytest.approx(score, rel=1e-5) for position, score in expected.items()}


@settings(max_examples=40, deadline=None)
@given(texts=texts, query=queries)
def test_a_list_is_a_prefix_of_deeper_ones_and_ties_are_in_the_order_of_runs(tmp_path_factory, texts, query):
    cache = tmp_path_factory.mktemp("cache")
    collection = Memory(texts * 2)

    def top(depth):
        return search(collection, {"q": query}, k1=0.9, b=0.4, depth=depth, cache_dir=cache)["q"]

    deepest = top(len(texts) * 2)
    assert deepest == sorted(deepest, key=lambda found: (found[1], found[0]), reverse=True)
    for depth in range(1, len(deepest) + 1):
        assert top(depth) == deepest[:depth]


def test_blank_documents_move_no_number(cache):
    def find(texts):
        found = search(Memory(texts), {"q": "aa1 bb2"}, k1=0.9, b=0.4, depth=9, cache_dir=cache)["q"]
        return [(texts[int(doc_id[1:])], score) for doc_id, score in found]

    full = ["aa1 aa1 aa1 bb2 bb2 cc3 cc3 cc3 cc3", "aa1", "cc3 dd4", "bb2 dd4"]
    # Blank after the analyzer, too: no word, or stopwords only.
    blanks = ["", " \n", "the of", "?!"] * 20
    assert find([*blanks, full[0], *blanks, *full[1:], *blanks]) == find(full) != []


def test_words_are_stemmed_and_stopwords_dropped(cache):
    collection = Memory(["The runners were running", "the foxes", "A fox of the woods"])
    found = search(
        collection, {"fox": "the FOX", "run": "runs", "stop": "the of"}, k1=0.9, b=0.4, depth=9, cache_dir=cache
    )
    assert {query_id: {doc_id for doc_id, _ in ranking} for query_id, ranking in found.items()} == {
        "fox": {"d1", "d2"},
        "run": {"d0"},
        "stop": set(),
    }


def test_queries_without_a_known_word_have_no_candidates(cache):
    found = search(
        Memory(["aa1", ""]), {"a": "", "b": "zz9", "c": "the", "d": "?"}, k1=1, b=0, depth=5, cache_dir=cache
    )
    assert found == {"a": [], "b": [], "c": [], "d": []}


def test_the_index_is_built_once_in_silence(cache, capfd, monkeypatch):
    def find():
        return search(Memory(["aa1 bb2", "bb2"]), {"q": "bb2 aa1"}, k1=0.9, b=0.4, depth=5, cache_dir=cache)

    first = find()
    monkeypatch.setattr("bench.data.first_stages.bm25._build", None)
    assert find() == first
    assert len(entries(cache)) == 1
    assert capfd.readouterr() == ("", "")


def test_each_content_and_each_setting_has_an_index_of_its_own(cache):
    def find(collection, k1=0.9, b=0.4):
        return search(collection, {"q": "aa1"}, k1=k1, b=b, depth=5, cache_dir=cache)["q"]

    base = find(Memory(["aa1 bb2", "aa1"]))
    assert find(Memory(["aa1 bb2 cc3", "aa1"])) != base
    assert find(Memory(["aa1 bb2", "aa1"]), k1=1.5) != base
    assert find(Memory(["aa1 bb2", "aa1"]), b=0.9) != base
    assert find(Memory(["aa1 bb2", "aa1"])) == base
    assert len(entries(cache)) == 4


def test_each_language_has_an_index_of_its_own_and_words_of_its_own(cache):
    collection = Memory(["हिन्दी का अक्षर", "我是中国人", "Die Häuser"])

    def find(query, language):
        found = search(collection, {"q": query}, k1=0.9, b=0.4, depth=5, cache_dir=cache, language=language)["q"]
        return [doc_id for doc_id, _ in found]

    assert find("हिंदी", "hi") == ["d0"]
    assert find("中国", "zh") == ["d1"]
    assert find("Haus", "de") == ["d2"]
    assert find("中国", "en") == find("Haus", "en") == []
    # Languages that are read alike share theirs.
    assert find("中国", "ja") == ["d1"]
    assert len(entries(cache)) == 4


def test_a_language_without_an_analyzer_is_refused(cache):
    with pytest.raises(BenchError, match="no analyzer for language 'tlh'; it has: ar, bn, de, en, "):
        search(Memory(["aa1"]), {"q": "aa1"}, k1=0.9, b=0.4, depth=5, cache_dir=cache, language="tlh")


def test_documents_are_framed_unambiguously(cache):
    collections = [Memory([]), Memory([])]
    collections[0].documents = lambda: iter([("d1", "aa1 bb2")])
    collections[1].documents = lambda: iter([("d1aa1", " bb2")])
    for collection in collections:
        search(collection, {"q": "bb2"}, k1=0.9, b=0.4, depth=5, cache_dir=cache)
    assert len(entries(cache)) == 2


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "no sums", "broken sums", "empty"])
def test_a_damaged_index_is_built_again(cache, damage):
    def find():
        return search(Memory(["aa1 bb2", "bb2 cc3"]), {"q": "bb2 aa1"}, k1=0.9, b=0.4, depth=5, cache_dir=cache)

    found = find()
    [entry] = entries(cache)
    data = entry / "data.csc.index.npy"
    if damage == "flip":
        content = bytearray(data.read_bytes())
        content[-1] ^= 1
        data.write_bytes(content)
    elif damage == "truncate":
        data.write_bytes(data.read_bytes()[:-4])
    elif damage == "remove":
        data.unlink()
    elif damage == "no sums":
        (entry / "sha256.json").unlink()
    elif damage == "broken sums":
        (entry / "sha256.json").write_text("{")
    else:
        for path in entry.iterdir():
            path.unlink()
    assert find() == found
    assert entries(cache) == [entry]
    intact = data.read_bytes()
    assert find() == found
    assert data.read_bytes() == intact


def test_processes_that_need_the_same_index_share_it(tmp_path):
    script = """
import os, sys, time
from pathlib import Path
import bm25s
from bench.data.first_stages.bm25 import search

class Collection:
    name = "numbers"
    passes = 0
    def documents(self):
        Collection.passes += 1
        return ((str(number), f"aa{number % 7} bb{number % 3}") for number in range(5000))

folder = Path(sys.argv[1])
(folder / f"ready-{os.getpid()}").touch()
while len(list(folder.glob("ready-*"))) < 3:
    time.sleep(0.001)
print(search(Collection(), {"q": "aa1 bb2"}, k1=0.9, b=0.4, depth=9, cache_dir=folder))
print(Collection.passes)
"""
    root = Path(__file__).parents[4]
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=root, stdout=-1, stderr=-1, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [noise for _, noise in outputs] == ["", "", ""]
    found, passes = zip(*(output.splitlines() for output, _ in outputs), strict=True)
    assert len(set(found)) == 1
    assert found[0].startswith("{'q': [('995', ")
    # Each reads the documents to hash them, and one of the three once more to index them.
    assert sorted(passes) == ["1", "1", "2"]
    assert len(entries(tmp_path)) == 1


@pytest.mark.parametrize(
    ("texts", "wrong"), [([], "memory: no documents"), (["", "the"], "no document has a word that BM25 can index")]
)
def test_collections_that_cannot_be_searched_are_refused(cache, texts, wrong):
    with pytest.raises(BenchError, match=wrong):
        search(Memory(texts), {"q": "aa1"}, k1=0.9, b=0.4, depth=5, cache_dir=cache)


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match=r"the BM25 index of memory cannot be kept in .*file"):
        search(Memory(["aa1"]), {"q": "aa1"}, k1=0.9, b=0.4, depth=5, cache_dir=tmp_path / "file")
