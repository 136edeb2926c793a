"""ir_datasets fixes its home when it is imported, so each test has it imported by a process of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

PRELUDE = """
import json, sys
from pathlib import Path
from bench.data.first_stages.candidates import check_candidates
from bench.data.first_stages.candidates import retrieve
from bench.data.collections.opening import check_collection
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec
from bench.data.dataset_spec import DatasetSpec
from bench.data.dataset_spec import QuerySubset
from bench.common.errors import BenchError

def refusal(call, *args):
    try:
        call(*args)
    except BenchError as error:
        return str(error)

def dataset(dataset_id):
    return DatasetSpec(id=dataset_id)

def facts(availability):
    return [availability.present, availability.download_bytes, availability.detail]
"""

DOCUMENTS = [
    {"_id": "1", "title": "Tea", "text": "green leaves"},
    {"_id": "22", "title": "", "text": " black leaves "},
    {"_id": "3", "title": "Coffee", "text": ""},
]


@pytest.fixture(scope="module")
def nowhere():
    """The address of a proxy that refuses every connection, which is what no network looks like."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@pytest.fixture
def start(tmp_path, nowhere):
    def start(script, home=tmp_path):
        environment = {**os.environ, "IR_DATASETS_HOME": str(home), "IR_DATASETS_SKIP_DISK_FREE": "true"}
        environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
        environment |= {"NO_PROXY": "", "no_proxy": ""}
        command = [sys.executable, "-W", "error", "-c", PRELUDE + script]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True)

    return start


@pytest.fixture
def run(start):
    """Run a script against a home; returns what it printed as JSON. It may write nothing else, anywhere."""

    def run(script, **where):
        output, noise = start(script, **where).communicate(timeout=60)
        assert noise == ""
        return json.loads(output)

    return run


def declared(*keys):
    """What the installed ir_datasets declares about a download."""
    [folder] = find_spec("ir_datasets").submodule_search_locations
    row = json.loads((Path(folder) / "etc/downloads.json").read_text())
    for key in keys:
        row = row[key]
    return row


def put_scifact(home, documents=DOCUMENTS):
    """Put a dataset of ours where ir_datasets keeps the download of beir/scifact."""
    qrels = "query-id\tcorpus-id\tscore\nq1\t1\t1\nq1\t999\t2\n"
    queries = [{"_id": "q0", "text": "of the training split"}, {"_id": "q1", "text": " green tea "}]
    (home / "beir/scifact").mkdir(parents=True)
    with zipfile.ZipFile(home / "beir/scifact/source.zip", "w") as archive:
        archive.writestr("scifact/corpus.jsonl", "\n".join(json.dumps(document) for document in documents))
        archive.writestr("scifact/queries.jsonl", "\n".join(json.dumps(query) for query in queries))
        archive.writestr("scifact/qrels/test.tsv", qrels)


def put_trec_dl_2019(home):
    """Put a dataset of ours where ir_datasets caches the extracts of msmarco-passage/trec-dl-2019."""
    for name, text in {
        "irds_version.txt": "v2",
        "collection.tsv": "0\tgreen leaves\n1\tblack leaves\n2\tcoffee\n",
        "trec-dl-2019/queries.tsv": "7\tgreen tea\n8\tunjudged\n",
        "trec-dl-2019/qrels": "7 0 0 3\n7 0 2 0\n",
        "trec-dl-2019/ms.run": "7\t2\n8\t0\n7\t0\n7\t1\n",
    }.items():
        path = home / "msmarco-passage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_beir_dataset_on_disk_reads_in_silence(run, tmp_path):
    put_scifact(tmp_path)
    script = """
spec = DatasetSpec(id="beir/scifact/test", name="SciFact")
before = facts(check_collection(spec))
collection = open_collection(spec)
print(json.dumps([
    before, collection.name, list(collection.documents()), collection.queries(), collection.qrels(),
    collection.texts(["22", "3", "22"]), refusal(collection.texts, ["1", "223", "x"]),
]))
"""
    before, name, documents, queries, qrels, texts, refusal = run(script)
    assert before == [True, 0, f"beir/scifact/test in {tmp_path}"]
    assert name == "SciFact"
    assert documents == [["1", "Tea green leaves"], ["22", "black leaves"], ["3", "Coffee"]]
    assert queries == {"q1": "green tea"}
    assert qrels == {"q1": {"1": 1, "999": 2}}
    assert texts == {"22": "black leaves", "3": "Coffee"}
    # ir_datasets cuts the ids it looks up to its longest id, so "223" finds "22" there.
    assert refusal.startswith("SciFact: 2 of the documents asked for are not in the collection, the first is '223'")


def test_processes_that_load_the_same_dataset_do_not_build_it_twice(start, tmp_path):
    put_scifact(tmp_path, [{"_id": str(number), "title": "", "text": "tea " * 50} for number in range(5000)])
    script = f"""
import os, time
collection = open_collection(dataset("beir/scifact/test"))
Path({str(tmp_path)!r}, f"ready-{{os.getpid()}}").touch()
while len(list(Path({str(tmp_path)!r}).glob("ready-*"))) < 3:
    time.sleep(0.001)
print(json.dumps([len(list(collection.documents())), len(collection.queries())]))
"""
    running = [start(script) for _ in range(3)]
    outputs = [process.communicate(timeout=60) for process in running]
    assert outputs == [("[5000, 1]\n", "")] * 3


def test_trec_dl_2019_reads_judged_queries_and_its_run_without_scores(run, tmp_path):
    put_trec_dl_2019(tmp_path)
    script = """
spec = dataset("msmarco-passage/trec-dl-2019")
collection = open_collection(spec)
queries = collection.queries()
scored = CandidatesSpec(source="scoreddocs", depth=3)
print(json.dumps([
    facts(check_collection(spec)), facts(check_candidates(scored, spec, QuerySubset())),
    queries, collection.qrels(), list(collection.documents()), collection.texts(["2"]),
    retrieve(collection, scored, queries, cache_dir=Path("unused")),
    refusal(lambda: retrieve(collection, scored.model_copy(update={"depth": 2}), queries, cache_dir=Path("unused"))),
]))
"""
    here, run_here, queries, qrels, documents, texts, candidates, refusal = run(script)
    assert here[:2] == run_here[:2] == [True, 0]
    assert queries == {"7": "green tea"}
    assert qrels == {"7": {"0": 3, "2": 0}}
    assert documents == [["0", "green leaves"], ["1", "black leaves"], ["2", "coffee"]]
    assert texts == {"2": "coffee"}
    assert candidates == {"7": [["2", 0.0], ["1", 0.0], ["0", 0.0]]}
    assert "has no scores to cut it by: set depth to 3 or more" in refusal


def test_what_is_absent_is_told_without_downloading(run, tmp_path):
    script = """
ids = ["beir/fiqa/test", "nano-beir/scifact", "msmarco-passage/trec-dl-2020/judged"]
scored = CandidatesSpec(source="scoreddocs")
print(json.dumps([facts(check_collection(dataset(known))) for known in ids]
    + [facts(check_candidates(scored, dataset(ids[2]), QuerySubset()))]))
"""
    fiqa, nano, trec, scored = run(script)
    beir = declared("beir", "fiqa")
    amount = f"{beir['size_hint'] / 1e6:.1f} MB"
    assert fiqa == [False, beir["size_hint"], f"beir/fiqa/test: {amount} to download to {tmp_path}: {beir['url']}"]
    assert nano[:2] == [False, None]
    assert f"a download of unknown size to {tmp_path}" in nano[2]
    assert nano[2].count(".parquet") == 3
    files = ["collectionandqueries", "trec-dl-2020/queries", "trec-dl-2020/qrels"]
    assert trec[:2] == [False, sum(declared("msmarco-passage", file, "size_hint") for file in files)]
    assert trec[2].endswith("data usage agreement found at <http://www.msmarco.org/dataset.aspx>")
    assert scored[:2] == [False, declared("msmarco-passage", "trec-dl-2020/scoreddocs", "size_hint")]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_extracts_and_document_stores_make_their_downloads_unnecessary(run, tmp_path):
    put_scifact(tmp_path)
    script = "c = open_collection(dataset('beir/scifact/test'));c.queries(); print(len(c.texts(['1'])))"
    assert run(script) == 1
    (tmp_path / "beir/scifact/source.zip").unlink()
    assert run("print(json.dumps(facts(check_collection(dataset('beir/scifact/test')))))")[:2] == [True, 0]
    shutil.rmtree(tmp_path / "beir/scifact/docs.pklz4")
    assert run("print(json.dumps(facts(check_collection(dataset('beir/scifact/test')))))")[:2] == [
        False,
        declared("beir", "scifact", "size_hint"),
    ]


def test_ids_that_cannot_be_used_are_refused_with_what_can(run):
    script = """
ids = ["scifact", "beir/scifcat/test", "no such thing at all", "beir/scifact", "msmarco-passage", "beir",
    "aquaint/trec-robust-2005"]
print(json.dumps([refusal(check_collection, dataset(given)) for given in ids]
    + [refusal(check_candidates, CandidatesSpec(source="scoreddocs"), dataset("beir/nfcorpus/test"), QuerySubset())]))
"""
    short, typo, nonsense, split, corpus, group, asked, unscored = run(script)
    assert short == (
        "ir_datasets knows no dataset 'scifact'; "
        "did you mean beir/scifact/test or beir/scifact/train or nano-beir/scifact?"
    )
    assert "did you mean beir/scifact/test or " in typo
    assert nonsense == "ir_datasets knows no dataset 'no such thing at all' (https://ir-datasets.com lists them)"
    assert split == (
        "ir_datasets has no qrels for beir/scifact; use one inside it: beir/scifact/test, beir/scifact/train"
    )
    assert corpus.startswith("ir_datasets has no queries and no qrels for msmarco-passage; use one inside it: ")
    assert group.endswith(" more")
    assert asked.startswith("aquaint/trec-robust-2005: its owner has to be asked for it: The AQUAINT corpus")
    assert unscored.startswith("beir/nfcorpus/test comes with no scored documents; name a run file")


def test_no_network_is_one_line_that_says_where_a_copy_goes(run, tmp_path):
    script = """
collections = [open_collection(dataset(known)) for known in ("beir/fiqa/test", "msmarco-passage/trec-dl-2019/judged")]
calls = [collections[0].queries, lambda: next(collections[0].documents()), lambda: collections[0].texts(["1"]),
    collections[1].qrels, lambda: next(collections[1].scored_documents())]
print(json.dumps([refusal(call) for call in calls]))
"""
    *fiqa, qrels, scored = run(script)
    for line in fiqa:
        assert line.startswith(
            f"beir/fiqa/test: cannot download {declared('beir', 'fiqa', 'url')}: "
            f"try again, or put a copy at {tmp_path}/beir/fiqa/source.zip (ProxyError: "
        )
        assert "\n" not in line
    assert qrels.startswith("msmarco-passage/trec-dl-2019/judged: cannot download https://")
    assert "msmarco-passagetest2019-top1000.tsv.gz: try again (" in scored


def test_damaged_files_are_named_by_their_place(run, tmp_path):
    put_scifact(tmp_path)
    (tmp_path / "beir/scifact/source.zip").write_bytes(b"cut short")
    script = "print(json.dumps(refusal(open_collection(dataset('beir/scifact/test')).queries)))"
    assert run(script) == (
        f"beir/scifact/test: ir_datasets cannot read its files in {tmp_path}; if they are damaged, remove them "
        "(BadZipFile: File is not a zip file)"
    )


def test_a_damaged_document_store_is_one_line_too(run, tmp_path):
    put_scifact(tmp_path)
    script = "print(json.dumps(refusal(lambda: list(open_collection(dataset('beir/scifact/test')).documents()))))"
    assert run(script) is None
    store = tmp_path / "beir/scifact/docs.pklz4/bin"
    store.write_bytes(b"\xff" * store.stat().st_size)
    assert run(script).startswith(f"beir/scifact/test: ir_datasets cannot read its files in {tmp_path}; if they are")


@pytest.mark.parametrize(("name", "queries", "ndcg"), [("scifact", 300, 0.676), ("nfcorpus", 323, 0.318)])
@pytest.mark.slow
def test_bm25_reproduces_published_scores(run, shared, tmp_path, name, queries, ndcg):
    shutil.copytree(shared / "ir_datasets/beir" / name, tmp_path / "beir" / name, copy_function=shutil.copyfile)
    script = f"""
import ir_measures
collection = open_collection(dataset("beir/{name}/test"))
queries = collection.queries()
found = retrieve(collection, CandidatesSpec(), queries, cache_dir=Path({str(tmp_path)!r}))
texts = collection.texts(doc_id for ranking in found.values() for doc_id, _ in ranking)
measure = ir_measures.parse_measure("nDCG@10")
scored = {{query_id: dict(ranking) for query_id, ranking in found.items()}}
value = ir_measures.calc_aggregate([measure], collection.qrels(), scored)[measure]
print(json.dumps([len(queries), value, min(map(len, texts.values())) > 0]))
"""
    assert run(script) == [queries, pytest.approx(ndcg, abs=0.005), True]


TEXTLESS = [
    "argsme/2020-04-01/processed/touche-2022-task-1",
    "clinicaltrials/2017/trec-pm-2017",
    "clinicaltrials/2017/trec-pm-2018",
    "clinicaltrials/2019/trec-pm-2019",
    "clinicaltrials/2021/trec-ct-2021",
    "codesearchnet/challenge",
    "codesearchnet/test",
    "codesearchnet/train",
    "codesearchnet/valid",
    "touche-image/2022-06-13/touche-2022-task-3",
    "wapo/v2/trec-news-2018",
    "wapo/v2/trec-news-2019",
]


def test_an_id_is_opened_if_and_only_if_the_text_of_its_records_can_be_read(run):
    script = """
import typing, ir_datasets
from bench.data.collections.ir_dataset import _text

def is_readable(cls):
    values = {str: "x", bytes: b"x"}
    record = cls(*[values.get(kind, ()) for kind in typing.get_type_hints(cls).values()])
    try:
        return type(_text(record)) is str
    except AttributeError:
        return False

registry = ir_datasets.registry
ir_datasets.log.easy().logger().setLevel("ERROR")
whole = [known for known in registry if all(map(registry[known].has, ("docs", "queries", "qrels")))]
refusals = {known: refusal(open_collection, dataset(known)) for known in whole}
records = {known: (registry[known].docs_cls(), registry[known].queries_cls()) for known in whole}
textless = [known for known in whole if not all(map(is_readable, records[known]))]
print(json.dumps([len(whole), textless, {known: why for known, why in refusals.items() if why}]))
"""
    count, textless, refusals = run(script)
    assert count == 566
    assert sorted(textless) == sorted(refusals) == TEXTLESS
    for known, refusal in refusals.items():
        assert refusal.startswith(f"{known}: ir_datasets does not say which field of ")


def test_of_several_judgments_of_a_document_the_highest_counts_and_it_is_said(run):
    script = """
from ir_datasets.formats import TrecSubQrel
from bench.data.collections.ir_dataset import IrDataset

class Judged:
    def __init__(self, *rows):
        self.rows = rows
    def qrels_iter(self):
        return (TrecSubQrel(*row) for row in self.rows)

subtopics = IrDataset("x", "x", Judged(("7", "a", 3, "1"), ("7", "a", 0, "2"), ("7", "b", -2, "1"), ("7", "b", 1, "2"),
    ("7", "c", 1, "1"), ("7", "c", 1, "2"), ("8", "a", 0, "1")))
single = IrDataset("x", "x", Judged(("7", "a", -1, "1"), ("8", "a", 2, "1")))
print(json.dumps([subtopics.qrels(), subtopics.remarks(), single.qrels(), single.remarks()]
    + [refusal(IrDataset("x", "some/id", Judged(("7", "a", 1, "1"), ("7", "b", grade, "1"))).qrels)
       for grade in (1001, 2**63, -10**9, "1", 1.0)]))
"""
    qrels, remarks, single, silent, *refusals = run(script)
    assert qrels == {"7": {"a": 3, "b": 1, "c": 1}, "8": {"a": 0}}
    assert remarks == ["documents with several grades for one query, of which the highest counts: 2"]
    assert (single, silent) == ({"7": {"a": -1}, "8": {"a": 2}}, [])
    for refusal, grade in zip(refusals, ("1001", str(2**63), "-1000000000", "'1'", "1.0"), strict=True):
        assert refusal == (
            f"some/id: grade {grade} of document 'b' for query '7': grades are whole numbers from -1000 to 1000"
        )


def test_absent_documents_are_those_that_the_store_lacks(run, tmp_path):
    put_scifact(tmp_path)
    script = """
collection = open_collection(dataset("beir/scifact/test"))
print(json.dumps(sorted(collection.absent(["1", "999", "223", "3"]))))
"""
    assert run(script) == ["223", "999"]
