"""Published collections: made from sources in the public formats, and used only if they are what was measured."""

from __future__ import annotations

import dataclasses
import io
import tarfile
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace as Row

import pytest

from bench.common.digest import digest_of
from bench.common.errors import BenchError
from bench.data.collections import conversions
from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.catalog import PUBLISHED, find_published
from bench.data.collections.opening import open_collection
from bench.data.collections.published_folder import PublishedFolder, collections_dir, digests, download, write
from bench.data.dataset_spec import DatasetSpec
from bench.experiment.file import load_experiment
from bench.publish.readme import ROOT
from bench.run.availability import survey
from bench.run.planning import load_task

MED = {
    "MED.ALL": ".I 1\n.W\ncorrelation between plasma\nlevels .  \n  coefficients have  been\n.I 2\n.W\nthe liver .\n",
    "MED.QRY": ".I 1\n.W\n the crystalline lens.\n.I 2\n.W\n fluid\nor blood.  a method.\n",
    "MED.REL": "1 0 2 1\n2 0 1 1\n2 0 2 1\n",
}
CSV = (
    "qid,question,ASIN,candidate,source,qa_pair_id,title,label,answer\n"
    '18,"is it  ""new""?",B0,"yes.  Question: is it? ",cqa,140,Part  7,2,It is.\n'
    '18,"is it  ""new""?",B0,it is red,review,141,Part  7,0,\n'
    '31,any colour?,B1,"red,\nor blue",bullet,270,"Lamp, small",1,Some.\n'
)
RUN = "".join(
    f"{query} Q0 {doc} {rank} {score} Anserini\n"
    for query, doc, rank, score in (
        ("7", "a", 1, 10.6067),
        ("7", "x", 2, 9.5),
        ("7", "b", 3, 9.069799),
        ("8", "a", 1, 3),
    )
)


@pytest.fixture
def serve():
    """Serve bytes by path on this machine; the files can be changed afterwards."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in files else 404)
            self.end_headers()
            self.wfile.write(files.get(self.path, b""))

        def log_message(self, *_): ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def start(path, content):
            files[path] = content
            return f"http://127.0.0.1:{server.server_port}{path}"

        yield start
        server.shutdown()
        thread.join()


@pytest.fixture
def datasets(monkeypatch):
    """What ir_datasets gives: a few records in the form that it gives them."""

    def put(**parts):
        methods = {f"{part}_iter": (lambda rows=rows: iter(rows)) for part, rows in parts.items()}
        store = Row(get_many=lambda ids: {row.doc_id: row for row in parts["docs"] if row.doc_id in ids})
        dataset = Row(**methods, docs_store=lambda: store)
        monkeypatch.setattr(conversions, "registry", lambda: defaultdict(lambda: dataset))

    return put


def archive_of(files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode("latin-1")))
    return content.getvalue()


def nothing(_):
    raise AssertionError("nothing is to be downloaded")


def test_medline_is_read_in_smarts_format(serve):
    found = conversions.medline(serve("/med.tar.gz", archive_of(MED)))(download)
    assert found.documents == {
        "1": ("", "correlation between plasma levels . coefficients have been"),
        "2": ("", "the liver ."),
    }
    assert found.queries == {"1": "the crystalline lens.", "2": "fluid or blood. a method."}
    assert found.qrels == {"1": {"2": 1}, "2": {"1": 1, "2": 1}}


def test_every_candidate_of_epqa_is_a_document():
    found = conversions.epqa("url")(lambda _: CSV.encode())
    assert found.documents == {
        "140": ("Part  7", "yes. Question: is it?"),
        "141": ("Part  7", "it is red"),
        "270": ("Lamp, small", "red, or blue"),
    }
    assert found.queries == {"18": 'is it "new"?', "31": "any colour?"}
    assert found.qrels == {"18": {"140": 2, "141": 0}, "31": {"270": 1}}


def test_cranfields_texts_do_not_repeat_their_titles(datasets):
    datasets(
        docs=[
            Row(doc_id="1", title="a wing in a\nslipstream .", text="a wing in a\nslipstream .\n  a study  of wings .")
        ],
        queries=[Row(query_id="1", text="what laws\nhold .")],
        qrels=[Row(query_id="1", doc_id="1", relevance=-1)],
    )
    found = conversions.cranfield(nothing)
    assert found.documents == {"1": ("a wing in a slipstream .", "a study of wings .")}
    assert (found.queries, found.qrels) == ({"1": "what laws hold ."}, {"1": {"1": 1}})


def test_vaswani_is_in_small_letters(datasets):
    datasets(
        docs=[Row(doc_id="1", text="compact memories have  capacities\nA digital store\n")],
        queries=[Row(query_id="1", text="MEASUREMENT OF LIQUIDS\n")],
        qrels=[Row(query_id="1", doc_id="1", relevance=1)],
    )
    found = conversions.vaswani(nothing)
    assert found.documents == {"1": ("", "compact memories have capacities a digital store")}
    assert found.queries == {"1": "measurement of liquids"}


def judged_pool(datasets):
    datasets(
        docs=[Row(doc_id=name, text=f"passage {name}") for name in "abc"],
        queries=[Row(query_id="7", text="seven?")],
        qrels=[Row(query_id="7", doc_id=name, relevance=grade) for name, grade in (("b", 3), ("a", 0), ("c", 1))],
    )


def test_the_pool_and_its_run_have_what_is_judged(datasets):
    judged_pool(datasets)
    found = conversions.dl19_pool("url")(lambda _: RUN.encode())
    assert found.documents == {name: ("", f"passage {name}") for name in "bac"}
    assert found.qrels == {"7": {"b": 3, "a": 0, "c": 1}}
    assert found.run == {"7": [("a", 10.60669994354248), ("b", 9.069799423217773)]}
    assert conversions.dl19_pool("url", depth=2)(lambda _: RUN.encode()).run == {"7": [("a", 10.60669994354248)]}


def row_of(convert, converted, tmp_path, **changes):
    """Return a row whose digests are those of what ``converted`` writes."""
    write(converted, tmp_path / "expected", tmp_path / "expected.trec")
    run = tmp_path / "expected.trec" if converted.run is not None else None
    found = digests(BeirFolder("expected", tmp_path / "expected"), run)
    return dataclasses.replace(
        find_published("med"), name="made", source="the source", convert=convert, digests=found, **changes
    )


@pytest.fixture
def made(serve, tmp_path):
    url = serve("/med.tar.gz", archive_of(MED))
    convert = conversions.medline(url)
    row = row_of(convert, convert(lambda _: archive_of(MED)), tmp_path)
    return PublishedFolder("Made", row, tmp_path / "collections"), lambda **files: serve(
        "/med.tar.gz", archive_of({**MED, **files})
    )


def test_a_collection_is_fetched_when_it_is_first_needed(made):
    folder, _ = made
    assert not folder.check().present
    assert "would be made from the source" in folder.check().detail
    assert dict(folder.documents())["2"] == "the liver ."
    assert folder.check().present
    assert [path.name for path in folder.root.iterdir() if path.is_dir()] == ["made"]


def test_a_folder_with_the_right_content_is_used_wherever_it_came_from(made, tmp_path):
    folder, put = made
    put(**{"MED.ALL": "nothing that could be read"})
    source = tmp_path / "expected"
    folder.root.mkdir()
    lines = (source / "corpus.jsonl").read_text().splitlines(keepends=True)
    (source / "corpus.jsonl").write_text("".join(line.replace('": "', '":   "') for line in reversed(lines)))
    source.rename(folder.path)
    assert folder.queries() == {"1": "the crystalline lens.", "2": "fluid or blood. a method."}


@pytest.mark.parametrize(
    ("file", "text", "part"),
    [
        ("MED.ALL", MED["MED.ALL"].replace("plasma", "serum"), "documents"),
        ("MED.QRY", MED["MED.QRY"].replace("lens", "eye"), "queries"),
        ("MED.REL", MED["MED.REL"].replace("1 0 2 1", "1 0 1 1"), "judgments"),
    ],
)
def test_a_source_that_gives_something_else_is_not_what_was_measured(made, file, text, part):
    folder, put = made
    put(**{file: text})
    with pytest.raises(
        BenchError, match=rf"gives a made with other {part} than what was measured; it is in .*made\.other"
    ):
        folder.queries()
    assert not folder.path.exists()
    BeirFolder("other", folder.root / "made.other").check()


def test_a_folder_of_something_else_is_refused_and_left(made):
    folder, _ = made
    folder.queries()
    corpus = folder.path / "corpus.jsonl"
    corpus.write_text(corpus.read_text().replace("liver", "heart"))
    again = PublishedFolder("Made", folder.row, folder.root)
    for call in (again.check, again.qrels):
        with pytest.raises(BenchError, match="not the made that was measured: other documents; remove it and run"):
            call()
    assert "heart" in corpus.read_text()


def test_a_source_that_cannot_be_had_says_what_else_would_do(made, serve):
    folder, _ = made
    url = serve("/there", b"no archive")
    broken = dataclasses.replace(folder.row, convert=conversions.medline(url))
    absent = dataclasses.replace(folder.row, convert=conversions.medline(f"{url}-not"))
    for row in (broken, absent):
        with pytest.raises(BenchError, match=r"made cannot be made from the source .*any copy of MED"):
            PublishedFolder("Made", row, folder.root).queries()
    assert not [path for path in folder.root.iterdir() if path.is_dir()]


def test_a_run_comes_with_a_collection(datasets, tmp_path):
    judged_pool(datasets)
    convert = conversions.dl19_pool("url")
    row = row_of(lambda _: convert(lambda _: RUN.encode()), convert(lambda _: RUN.encode()), tmp_path, run="made.trec")
    folder = PublishedFolder("Made", row, tmp_path / "here" / "collections")
    assert not folder.check_scored_documents().present
    assert list(folder.scored_documents()) == [("7", "a", 10.60669994354248), ("7", "b", 9.069799423217773)]
    assert folder.run_path == tmp_path / "here" / "runs" / "made.trec"
    folder.run_path.write_text("7 Q0 a 1 1.0 x\n")
    with pytest.raises(BenchError, match="other run"):
        PublishedFolder("Made", row, folder.root).queries()


def test_collections_without_a_run_say_so(made):
    with pytest.raises(BenchError, match="made comes with no run"):
        list(made[0].scored_documents())


def test_where_collections_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("FLASHRANK_COLLECTIONS", str(tmp_path))
    assert collections_dir() == tmp_path
    spec = DatasetSpec(collection="med")
    assert (spec.name, spec.identifiers) == ("med", {"med"})
    assert open_collection(spec).path == tmp_path / "med"
    monkeypatch.delenv("FLASHRANK_COLLECTIONS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert collections_dir().name == "collections"


@pytest.mark.parametrize("spec", [{"collection": "nope"}, {"collection": "med", "id": "a"}, {}])
def test_a_dataset_names_one_source_that_there_is(spec):
    with pytest.raises(ValueError, match=r"no published collection 'nope'; there are: trec-dl|give one of `id`"):
        DatasetSpec.model_validate(spec)


@pytest.mark.parametrize("path", sorted((ROOT / "reports").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_published_experiments_stay_in_the_repository(path):
    experiment = load_experiment(path)
    assert all(dataset.path is None for dataset in experiment.datasets)
    assert all(experiment.candidates_of(dataset).file is None for dataset in experiment.datasets)
    assert all(model.path is None for model in experiment.models)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_collections_that_were_measured_have_the_digests_of_their_rows(shared, name):
    folder = PublishedFolder(name, PUBLISHED[name], shared / "collections")
    assert folder.check().present


def test_the_first_stage_is_the_one_that_was_measured(shared, monkeypatch, tmp_path):
    monkeypatch.setenv("FLASHRANK_COLLECTIONS", str(shared / "collections"))
    experiment = load_experiment(ROOT / "reports" / "budget.yaml")
    assert all(need.availability and need.availability.present for need in survey(experiment) if need.what != "model")
    task = load_task(experiment, experiment.datasets[0], tmp_path)
    assert digest_of(task.candidates) == "be7d33cf16b2d88e8a4d31e7e8743ea74c8bd9c93511baa36158f32926161deb"
    assert sum(map(len, task.candidates.values())) == 2257


def test_the_command_says_where_a_collection_lies(bench, shared):
    done = bench("fetch", "med", FLASHRANK_COLLECTIONS=str(shared / "collections"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"med: {shared / 'collections' / 'med'} (licence: freely distributed for research)\n"


def test_the_command_says_in_a_line_what_cannot_be_had(bench, tmp_path):
    nowhere = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "FLASHRANK_COLLECTIONS": str(tmp_path / "here")}
    for name, why in (
        ("med", "med cannot be made from http://ir.dcs.gla.ac.uk/"),
        ("x", "no published collection 'x'"),
    ):
        done = bench("fetch", name, **nowhere)
        assert done.returncode == 2
        assert done.stderr.startswith(f"bench: {why}")
        assert len(done.stderr.splitlines()) == 1
