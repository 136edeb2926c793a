"""Collections that published numbers are measured on and that ir_datasets does not serve as they were measured.

One row each: the public source, the licence, the conversion, and the digests of the content that was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.common.errors import BenchError
from bench.data.collections.conversions import Converted, Download, cranfield, dl19_pool, epqa, medline, vaswani

_GLASGOW = "http://ir.dcs.gla.ac.uk/resources/test_collections"
_RUN = (
    "https://raw.githubusercontent.com/ielab/zeroshot-rankers-prompt-variations/"
    "38ef3fb6cb395d5bfd122b1fcf05bc3da184e1b7/run.msmarco-v1-passage.bm25-default.dl19.txt"
)
_EPQA = (
    "https://raw.githubusercontent.com/amazon-science/contextual-product-qa/"
    "572be6eb8ce6344970e1af94d9e1903854581c14/ePQA/dev.csv"
)
_UNVERIFIED = (
    "measured on a copy: its public source could not be reached, so it is not verified that `fetch` gives the same"
)


@dataclass(frozen=True)
class Published:
    """A collection that can be made from a public source.

    Attributes:
        name: Names it, its folder, and ``collection`` of a dataset's row.
        source: Where it comes from, for a person.
        licence: What its owner says of its use.
        convert: Makes it.
        digests: Part -> digest of what was measured (``bench.data.collections.published_folder.digests``).
        by_hand: What to do where the source cannot be had.
        note: What is to be said beside its numbers.
        run: File name of the run that comes with it; empty where none does.
    """

    name: str
    source: str
    licence: str
    convert: Callable[[Download], Converted]
    digests: Mapping[str, str]
    by_hand: str = "ir_datasets tells how to put its files into place by hand"
    note: str = _UNVERIFIED
    run: str = ""


PUBLISHED = {
    row.name: row
    for row in (
        Published(
            name="trec-dl-2019-pool",
            source=f"ir_datasets' msmarco-passage/trec-dl-2019/judged and BM25's run at {_RUN}",
            licence="MS MARCO: non-commercial research",
            convert=dl19_pool(_RUN),
            digests={
                "documents": "9971b7fe3fd3956a00cc46ed8d2f60f60cc8c862b8da50b02c6eb4e7472e3c17",
                "queries": "e364673740c6a94ebe1c0a6e8c8971f40ef812cd6a3a06bf4433a554a60a1cbf",
                "judgments": "feee702fabed8c6cbef83761efde9e7f959614705f03a0681c0c6dff2fc404f3",
                "run": "1ba47c1232aeaa63134d3409a763f2e569684cd9e452e5660cf772a18f9d12c6",
            },
            run="trec-dl-2019-pool.bm25.top100.trec",
        ),
        Published(
            name="cranfield",
            source="ir_datasets' cranfield",
            licence="freely distributed for research",
            convert=cranfield,
            digests={
                "documents": "6a96d7ce79f84a1f3743128b55db34324f67f41aa90b3958fa477080e84e5338",
                "queries": "28f16577e7a7d1a5665010511e5547fe1819cadb52a81cfdfcb38a24f779ae89",
                "judgments": "f050313963c7509aff641cfe5d73c3ce9d693ec6085f158bcbdea1300a386992",
            },
            note=f"every judged document counts as relevant, those judged of no interest too; {_UNVERIFIED}",
        ),
        Published(
            name="med",
            source=f"{_GLASGOW}/medl/med.tar.gz",
            licence="freely distributed for research",
            convert=medline(f"{_GLASGOW}/medl/med.tar.gz"),
            digests={
                "documents": "dfb9ca037a3398c52ab2c9f895d70f2e01ce271fba540e415ce4ce8b1b767517",
                "queries": "5aa6d768757cc25729be120a4985e8f7bd92c91cbb862dabc5aa78a8eff454c2",
                "judgments": "7b3cf02e25a0256dac5278649a9dd5a30db08d7366825389bb0df6d48f7737df",
            },
            by_hand="any copy of MED.ALL, MED.QRY and MED.REL in BEIR layout with this content will do",
        ),
        Published(
            name="vaswani",
            source="ir_datasets' vaswani",
            licence="freely distributed for research",
            convert=vaswani,
            digests={
                "documents": "dc67fb051dc2f6e02a7446083218a9100de65df66701fd596c2ccb54a7fc9f5c",
                "queries": "5d5eb0a903a9f09688cd870da75d927f80c633252df8f9c72cb13f160b486726",
                "judgments": "36cd2cd8d1d73728080803572c80772225fdc250e3fc5b9d5f47101bb765476a",
            },
        ),
        Published(
            name="epqa-dev",
            source=_EPQA,
            licence="CDLA-Sharing-1.0",
            convert=epqa(_EPQA),
            digests={
                "documents": "de0b108bbef17596b0ab0cd8e504fdeb808d8245b1c52e325dfc1dd24c2e26b8",
                "queries": "696ffe9c2a8a9e78410a555f1612ea539d24edc69c8774f37ebd6ba2949f45cc",
                "judgments": "bd7d52623591b78de192d40137038832b06cbe6b962032b7edb982fb6e38495a",
            },
            by_hand="any copy of ePQA/dev.csv in BEIR layout with this content will do",
        ),
    )
}


def find_published(name: str) -> Published:
    """Return the row of a collection.

    Raises:
        BenchError: There is no such row.
    """
    if name not in PUBLISHED:
        raise BenchError(f"no published collection {name!r}; there are: {', '.join(PUBLISHED)}")
    return PUBLISHED[name]
