import gzip
import json
import lzma
from types import SimpleNamespace

import ir_measures
import pytest

from bench.common.errors import BenchError
from bench.data.collections import ir_dataset
from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.collection import Availability
from bench.data.collections.opening import check_collection, check_scored_documents, open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.runs import read_run

CORPUS = [
    {"_id": "d1", "title": "Tea", "text": "green leaves "},
    {"_id": "d2", "title": "", "text": " no title"},
    {"_id": "d3", "text": "none given"},
    {"_id": "d4", "title": None, "text": ""},
    {"_id": "d5", "title": "only a title", "text": "", "metadata": {"url": "x"}},
]
QUERIES = [
    {"_id": "q2", "text": " second "},
    {"_id": "other-split", "text": "unjudged"},
    {"_id": "q1", "text": "first"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t0\nq2\tabsent\t1\n"


def jsonl(records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def make_folder(tmp_path, corpus=None, queries=None, qrels=QRELS):
    folder = tmp_path / "tea"
    (folder / "qrels").mkdir(parents=True)
    for name, text in {
        "corpus.jsonl": jsonl(CORPUS) if corpus is None else corpus,
        "queries.jsonl": jsonl(QUERIES) if queries is None else queries,
        "qrels/test.tsv": qrels,
    }.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def open_folder(folder):
    return open_collection(DatasetSpec(path=folder))


def read_all(collection):
    return collection.queries(), collection.qrels(), dict(collection.documents())


def test_a_folder_gives_documents_judged_queries_and_qrels(tmp_path):
    collection = open_folder(make_folder(tmp_path))
    assert collection.name == "tea"
    assert list(collection.documents()) == [
        ("d1", "Tea green leaves"),
        ("d2", "no title"),
        ("d3", "none given"),
        ("d4", ""),
        ("d5", "only a title"),
    ]
    assert list(collection.queries().items()) == [("q2", "second"), ("q1", "first")]
    assert collection.qrels() == {"q1": {"d1": 2, "d3": 0}, "q2": {"absent": 1}}
    assert collection.texts(["d5", "d1", "d5"]) == {"d5": "only a title", "d1": "Tea green leaves"}
    assert collection.texts([]) == {}


def test_line_ends_and_blank_lines_do_not_matter(tmp_path):
    plain = read_all(open_folder(make_folder(tmp_path / "plain")))
    windows = make_folder(
        tmp_path / "windows",
        corpus=b"\xef\xbb\xbf" + jsonl(CORPUS).replace("\n", "\r\n\r\n").encode(),
        queries=jsonl(QUERIES).rstrip(),
        qrels=QRELS.replace("\n", "\r\n") + "\n",
    )
    assert read_all(open_folder(windows)) == plain


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_gzipped_files_read_as_plain_ones(tmp_path, suffix):
    plain = read_all(open_folder(make_folder(tmp_path / "plain")))
    folder = make_folder(tmp_path / "gzipped")
    for file in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        data = gzip.compress((folder / file).read_bytes())
        (folder / file).unlink()
        (folder / f"{file}{suffix}").write_bytes(data)
    assert read_all(open_folder(folder)) == plain
    assert check_collection(DatasetSpec(path=folder)).present


def test_two_copies_of_a_file_and_other_compressions_are_refused(tmp_path):
    folder = make_folder(tmp_path)
    copy = folder / "queries.jsonl.gz"
    copy.write_bytes(gzip.compress(b""))
    with pytest.raises(BenchError, match=r"tea: both queries\.jsonl and queries\.jsonl\.gz; remove the one"):
        open_folder(folder)
    copy.unlink()
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl.xz").write_bytes(lzma.compress(b""))
    with pytest.raises(BenchError, match=r"corpus\.jsonl\.xz: a xz file; unpack it"):
        open_folder(folder)


def test_qrels_are_read_as_beirs_own_loader_reads_them(tmp_path):
    # Its csv.reader skips the first line, takes quotes off, and looks at the first three columns.
    qrels = 'qid\tdocid\trel\n"q1"\t"d1"\t+2\nq1\td"3\t-1\t2\nq2\td2\t"0"\t\n'
    assert open_folder(make_folder(tmp_path, qrels=qrels)).qrels() == {"q1": {"d1": 2, 'd"3': -1}, "q2": {"d2": 0}}


def test_absent_documents_are_found_without_keeping_a_text(tmp_path):
    collection = open_folder(make_folder(tmp_path))
    assert collection.absent(["d1", "absent", "d5", "D1"]) == {"absent", "D1"}
    ids = {"d1", "d2", "d3", "d4", "d5"}
    assert vars(collection) == {"name": "tea", "path": tmp_path / "tea", "_doc_ids": ids}


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1e3\n", r"test\.tsv:2: relevance '1e3'"),
        ("queries.jsonl", "{}\n", r"queries\.jsonl:1: `_id` is missing"),
        ("corpus.jsonl", "{}\n", r"corpus\.jsonl:1: `_id` is missing"),
    ],
)
def test_a_folder_is_read_when_it_is_checked_but_for_its_other_documents(tmp_path, file, text, wrong):
    folder = make_folder(tmp_path, corpus=jsonl(CORPUS) + "broken\n")
    assert check_collection(DatasetSpec(path=folder)).present
    (folder / file).write_text(text)
    with pytest.raises(BenchError, match=wrong):
        check_collection(DatasetSpec(path=folder))


def test_texts_names_the_documents_it_lacks(tmp_path):
    collection = open_folder(make_folder(tmp_path))
    with pytest.raises(BenchError, match=r"tea: 2 of the documents .* the first is 'x9'.*another collection\?"):
        collection.texts(["d1", "x9", "x8"])


def test_a_folder_has_no_scored_documents(tmp_path):
    with pytest.raises(BenchError, match="no scored documents; name a run file"):
        open_folder(make_folder(tmp_path)).scored_documents()


@pytest.mark.parametrize(
    ("file", "line", "wrong"),
    [
        ("corpus.jsonl", '{"_id": "d9", "text": ', "not JSON: Expecting value"),
        ("corpus.jsonl", '["d9", "text"]', "not a JSON object"),
        ("corpus.jsonl", '{"text": "x"}', "`_id` is missing"),
        ("corpus.jsonl", '{"_id": 9, "text": "x"}', "`_id` is not a string"),
        ("corpus.jsonl", '{"_id": "", "text": "x"}', "`_id` '' is empty or has whitespace"),
        ("corpus.jsonl", '{"_id": "d 9", "text": "x"}', "`_id` 'd 9' is empty or has whitespace"),
        ("corpus.jsonl", '{"_id": "d9"}', "`text` is missing"),
        ("corpus.jsonl", '{"_id": "d9", "text": null}', "`text` is not a string"),
        ("corpus.jsonl", '{"_id": "d9", "text": "x", "title": 1}', "`title` is not a string"),
        ("corpus.jsonl", '{"_id": "d9", "text": "\\ud83d"}', "`text` is not Unicode text: surrogates not allowed"),
        ("corpus.jsonl", '{"_id": "d1", "text": "again"}', "`_id` 'd1' was used on an earlier line"),
        ("corpus.jsonl", b'{"_id": "d9", "text": "\xe9"}', "not UTF-8"),
        ("queries.jsonl", '{"_id": "q1", "text": "again"}', "`_id` 'q1' was used on an earlier line"),
        ("queries.jsonl", "q9\ttext", "not JSON"),
        ("corpus.jsonl", '{"_id": "d9\u00a0", "text": "x"}', "`_id` 'd9\\xa0' is empty or has whitespace"),
        ("corpus.jsonl", f'{{"_id": "d9", "text": "x", "n": {"9" * 5000}}}', "not JSON that can be read"),
        ("queries.jsonl", '{"_id": "q1 ", "text": "x"}', "`_id` 'q1 ' is empty or has whitespace"),
        ("qrels/test.tsv", "q1\td5 \t1", "`corpus-id` 'd5 ' is empty or has whitespace"),
        ("qrels/test.tsv", "q1\td5\u00a0\t1", "`corpus-id` 'd5\\xa0' is empty or has whitespace"),
        ("corpus.jsonl", '{"_id": "d9\\u0000", "text": "x"}', "`_id` 'd9\\x00' is empty or has whitespace or NUL"),
        ("queries.jsonl", '{"_id": "q1\\u0000b", "text": "x"}', "`_id` 'q1\\x00b' is empty or has whitespace or NUL"),
        ("qrels/test.tsv", "q1\td5\0\t1", "`corpus-id` 'd5\\x00' is empty or has whitespace or NUL"),
        ("qrels/test.tsv", "q1\t\t1", "`corpus-id` '' is empty or has whitespace"),
        ("qrels/test.tsv", "\u2003q1\td5\t1", "`query-id` '\\u2003q1' is empty or has whitespace"),
        ("qrels/test.tsv", 'q1\t"d5\t1', "not tab-separated columns, quoted as in CSV or not"),
        ("qrels/test.tsv", "q1\td5\t1_0", "relevance '1_0' is not an integer"),
        ("qrels/test.tsv", "q1\td5\t \u0661", "relevance ' \u0661' is not an integer"),
        ("qrels/test.tsv", "q1\td5\t1001", "relevance '1001' is out of range: grades are whole numbers from -1000 to"),
        ("qrels/test.tsv", "q1\td5\t1700000000", "relevance '1700000000' is out of range"),
        ("qrels/test.tsv", "q1\td5\t9223372036854775808", "relevance '9223372036854775808' is out of range"),
        ("qrels/test.tsv", "q1\td5\t-9000000000", "relevance '-9000000000' is out of range"),
        ("qrels/test.tsv", "q1\td5", "2 tab-separated columns instead of 3"),
        ("qrels/test.tsv", "q1 0 d5 1", "1 tab-separated columns instead of 3"),
        ("qrels/test.tsv", "q1\td5\t1.5", "relevance '1.5' is not an integer"),
        ("qrels/test.tsv", "q1\td1\t1", "document 'd1' is judged twice for query 'q1'"),
    ],
)
def test_bad_lines_are_refused_by_file_and_line(tmp_path, file, line, wrong):
    path = make_folder(tmp_path) / file
    line = line if isinstance(line, bytes) else line.encode()
    path.write_bytes(path.read_bytes() + b"\n" + line + b"\n")
    number = len(path.read_bytes().splitlines())
    with pytest.raises(BenchError) as caught:
        read_all(open_folder(tmp_path / "tea"))
    assert str(caught.value).startswith(f"{path}:{number}: {wrong}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("qrels", "wrong"),
    [
        ("q1\td1\t2\n", r"test\.tsv:1: the first line must be the tab-separated header query-id corpus-id score"),
        ("q1\td1\t1.0\nq1\td3\t1\n", r"test\.tsv:1: the first line must be the tab-separated header"),
        ("query-id corpus-id score\nq1\td1\t2\n", r"test\.tsv:1: the first line must be the tab-separated header"),
        ("", r"test\.tsv:1: the first line must be the tab-separated header"),
        ("query-id\tcorpus-id\tscore\n", r"test\.tsv: no judgments"),
        (QRELS + "q7\td1\t1\nq8\td1\t1\n", r"2 judged queries are not in queries\.jsonl, the first is 'q7'"),
    ],
)
def test_qrels_must_fit(tmp_path, qrels, wrong):
    with pytest.raises(BenchError, match=wrong):
        open_folder(make_folder(tmp_path, qrels=qrels)).queries()


@pytest.mark.parametrize("grade", ["0", "\u0662", "\uff11", "1_0", "1e400", "2 ", " 1", "0x1", "-Inf", "nan", "", " "])
def test_a_first_judgment_is_not_taken_for_the_header_whatever_its_grade(tmp_path, grade):
    folder = make_folder(tmp_path, qrels=f"q1\td1\t{grade}\nq1\td3\t1\n")
    with pytest.raises(BenchError, match=r"test\.tsv:1: the first line must be the tab-separated header"):
        open_folder(folder).qrels()


def test_an_empty_corpus_is_refused(tmp_path):
    with pytest.raises(BenchError, match=r"corpus\.jsonl: no documents"):
        next(open_folder(make_folder(tmp_path, corpus="\n")).documents())


@pytest.mark.parametrize("look", [open_collection, check_collection])
def test_folders_and_files_that_are_missing_are_named(tmp_path, look):
    with pytest.raises(BenchError, match=r"nowhere: no such folder \(dataset Label\)"):
        look(DatasetSpec(path=tmp_path / "nowhere", name="Label"))
    folder = make_folder(tmp_path)
    (folder / "queries.jsonl").unlink()
    (folder / "qrels/test.tsv").unlink()
    with pytest.raises(BenchError, match=r"tea: queries\.jsonl, qrels/test\.tsv missing"):
        look(DatasetSpec(path=folder))


def test_a_folder_that_is_there_is_available(tmp_path):
    folder = make_folder(tmp_path)
    assert check_collection(DatasetSpec(path=folder)) == Availability(True, 0, f"folder {folder}")


def test_every_real_folder_reads(shared):
    folders = sorted(path.parent for path in (shared / "collections").glob("*/corpus.jsonl"))
    assert len(folders) > 10
    for folder in folders:
        queries, qrels, documents = read_all(open_folder(folder))
        assert list(qrels.keys() - queries.keys()) == []
        assert documents


def test_bm25s_published_score_on_trec_dl_2019(shared):
    collection = open_folder(shared / "collections/trec-dl-2019-pool")
    run = read_run(shared / "runs/trec-dl-2019-pool.bm25.top100.trec")
    assert len(collection.queries()) == 43
    measure = ir_measures.parse_measure("nDCG@10")
    scored = {query_id: dict(ranking) for query_id, ranking in run.items()}
    # Anserini's published BM25 baseline (k1 = 0.9, b = 0.4): the run is its top 100.
    assert ir_measures.calc_aggregate([measure], collection.qrels(), scored)[measure] == pytest.approx(0.5058, abs=5e-5)


def test_the_built_in_collection_goes_by_its_id():
    spec = DatasetSpec(id="builtin/python-docs")
    assert check_collection(spec).present
    assert len(open_collection(spec).queries()) == 80
    with pytest.raises(BenchError, match="no scored documents"):
        check_scored_documents(spec)


@pytest.mark.parametrize("packed", [False, True])
def test_queries_without_any_judgment_are_counted_and_those_of_other_splits_are_not(tmp_path, packed):
    left_out = [{"_id": name, "text": "nobody judged this"} for name in ("u1", "u2")]
    folder = make_folder(tmp_path, queries=jsonl([*QUERIES, *left_out]))
    assert open_folder(folder).unjudged() == 3
    # Its grades are not read: what is wrong with it is nobody's business here.
    train = b'query-id\tcorpus-id\tscore\n"other-split"\td1\tgood\n'
    name = "train.tsv.gz" if packed else "train.tsv"
    (folder / "qrels" / name).write_bytes(gzip.compress(train) if packed else train)
    assert open_folder(folder).unjudged() == 2
    assert list(open_folder(folder).queries()) == ["q2", "q1"]


def test_files_beside_the_qrels_do_not_count_and_other_splits_are_read_as_the_qrels_are(tmp_path):
    left_out = [{"_id": name, "text": "x"} for name in ("query-id", "quo", 'i"n', "._")]
    folder = make_folder(tmp_path, queries=jsonl([*QUERIES, *left_out]))
    for name, data in {
        "test.tsv.bak": b"caf\xe9",
        ".test.tsv.swp": b"b0VIM\0\xff",
        "._train.tsv": b"h\t\t\n._\td1\t1\n",
        "train.tsv.bz2": b"BZh91AY&SY",
        "latin.tsv": b"query-id\tcorpus-id\tscore\ncaf\xe9\td1\t1\n",
        "cut.tsv.gz": gzip.compress(b"x" * 999)[:20],
        "dev.tsv": b'query-id\tcorpus-id\tscore\n"quo"\td1\t1\ni"n\td1\t1\n',
    }.items():
        (folder / "qrels" / name).write_bytes(data)
    (folder / "qrels" / "old.tsv").mkdir()
    assert open_folder(folder).unjudged() == 3  # other-split, query-id and ._


@pytest.mark.parametrize(
    ("row", "qrels", "wrong"),
    [
        ({"relevant_from": 3}, QRELS, "tea: relevant_from is 3, but the highest grade of its judgments is 2"),
        ({}, "h\th\th\nq1\td1\t0\nq2\td2\t-1\n", "tea: no document is relevant to any query, so there is nothing"),
        ({"relevant_from": 2}, "h\th\th\nq1\tabsent\t0\n", "tea: no document is relevant to any query"),
    ],
)
def test_judgments_by_which_nothing_is_relevant_are_refused_when_a_folder_is_checked(tmp_path, row, qrels, wrong):
    spec = DatasetSpec(path=make_folder(tmp_path, qrels=qrels), **row)
    with pytest.raises(BenchError, match=wrong):
        check_collection(spec)


def test_the_judgments_of_the_built_in_collection_are_checked_too():
    with pytest.raises(BenchError, match="relevant_from is 4, but the highest grade of its judgments is 3"):
        check_collection(DatasetSpec(id="builtin/python-docs", relevant_from=4))


def test_judged_ids_of_ir_datasets_that_no_run_can_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ir_dataset, "home", lambda: tmp_path)
    for judged in (("q\0", "d"), ("q", "d\0x"), ("q", "")):
        row = SimpleNamespace(query_id=judged[0], doc_id=judged[1], relevance=1)
        found = ir_dataset.IrDataset("name", "an/id", SimpleNamespace(qrels_iter=lambda row=row: iter([row])))
        with pytest.raises(BenchError, match=r"an/id: judged id '.*' is empty or has whitespace or NUL in it"):
            found.qrels()


def test_queries_of_ir_datasets_without_judgments_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(ir_dataset, "home", lambda: tmp_path)
    queries = [SimpleNamespace(query_id=name, text=name) for name in ("q1", "q2", "q3")]
    judged = [SimpleNamespace(query_id="q2", doc_id="d", relevance=0)]
    dataset = SimpleNamespace(queries_iter=lambda: iter(queries), qrels_iter=lambda: iter(judged))
    found = ir_dataset.IrDataset("name", "an/id", dataset)
    assert found.unjudged() == 2
    assert found.queries() == {"q2": "q2"}


def test_a_corpus_that_was_read_to_its_end_is_not_read_again_for_absent_documents(tmp_path, monkeypatch):
    collection = BeirFolder("name", make_folder(tmp_path))
    first, *_ = collection.documents()
    monkeypatch.setattr(BeirFolder, "documents", lambda _: pytest.fail("read again"))
    assert collection.absent([first[0], "nowhere"]) == {"nowhere"}


def test_a_corpus_that_was_begun_is_read_to_its_end_for_absent_documents(tmp_path):
    collection = BeirFolder("name", make_folder(tmp_path))
    *_, last = BeirFolder("name", collection.path).documents()
    next(iter(collection.documents()))
    assert collection.absent([last[0], "nowhere"]) == {"nowhere"}
