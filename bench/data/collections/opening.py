"""Opening the collection that a dataset's row names, and telling beforehand whether its files are on disk."""

from __future__ import annotations

from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.catalog import find_published
from bench.data.collections.collection import Availability, Collection
from bench.data.collections.ir_dataset import IrDataset
from bench.data.collections.published_folder import PublishedFolder, collections_dir
from bench.data.dataset_spec import DatasetSpec
from bench.data.quickstart.python_docs import DATASET_ID, PythonDocs
from bench.data.relevance import relevant_from_of


def open_collection(spec: DatasetSpec) -> Collection:
    """Open a collection; nothing is read or downloaded before one of its methods is called.

    Raises:
        BenchError: A folder or a file in it is missing, or ir_datasets does not have the id, or not with documents,
            queries and qrels.
    """
    if spec.id is not None:
        return _by_id(spec.id, spec.name)
    if spec.collection is not None:
        return _published(spec.collection, spec.name)
    folder = _folder(spec)
    folder.check()
    return folder


def check_collection(spec: DatasetSpec) -> Availability:
    """Tell whether a collection's files are on disk, and if not, what its first use downloads. Downloads nothing.

    The documents of a folder are not read through.

    Raises:
        BenchError: As ``open_collection``, and for a dataset that its owner has to be asked for, a folder whose
            queries, qrels or first document are wrong, and judgments ``at_hand`` by which nothing is relevant.
    """
    if spec.id is not None:
        found = _by_id(spec.id, spec.name).check()
    elif spec.collection is not None:
        found = _published(spec.collection, spec.name).check()
    else:
        folder = _folder(spec)
        folder.check()
        folder.check_judgments()
        found = Availability(present=True, download_bytes=0, detail=f"folder {folder.path}")
    if (collection := at_hand(spec)) is not None:
        relevant_from_of(spec, collection.qrels())
    return found


def at_hand(spec: DatasetSpec) -> Collection | None:
    """Open a collection whose queries and qrels can be read without a download and without ir_datasets, else None.

    Raises:
        BenchError: As ``open_collection``.
    """
    collection = open_collection(spec)
    if isinstance(collection, PublishedFolder):
        return collection if collection.present() else None
    return collection if isinstance(collection, BeirFolder | PythonDocs) else None


def check_scored_documents(spec: DatasetSpec) -> Availability:
    """Tell the same of the run that comes with a collection.

    Raises:
        BenchError: As ``check_collection``, and when the collection comes with no run.
    """
    if spec.id is not None:
        return _by_id(spec.id, spec.name).check_scored_documents()
    if spec.collection is not None:
        return _published(spec.collection, spec.name).check_scored_documents()
    return _folder(spec).scored_documents()


def _by_id(dataset_id: str, name: str) -> IrDataset | PythonDocs:
    return PythonDocs(name) if dataset_id == DATASET_ID else IrDataset.open(dataset_id, name)


def _published(collection: str, name: str) -> PublishedFolder:
    return PublishedFolder(name, find_published(collection), collections_dir())


def _folder(spec: DatasetSpec) -> BeirFolder:
    assert spec.path is not None  # a DatasetSpec has an id or a path
    return BeirFolder(spec.name, spec.path)
