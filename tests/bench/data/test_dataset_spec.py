"""Which queries of a dataset are chosen, and by which words a dataset is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.data.dataset_spec import DatasetSpec, QuerySubset

queries = st.dictionaries(st.text(min_size=1, max_size=5), st.just("text"), max_size=30)


@given(queries, st.integers(1, 30), st.integers(1, 30), st.integers(0, 5))
def test_subsets_are_nested_in_order_and_of_the_size_asked_for(queries, one, other, seed):
    small, large = (QuerySubset(size=n, seed=seed).select(queries) for n in sorted((one, other)))
    assert len(small) == min(len(queries), min(one, other))
    assert small.items() <= large.items() <= queries.items()
    assert list(large) == [query_id for query_id in queries if query_id in large]
    backwards = dict(reversed(queries.items()))
    assert set(QuerySubset(size=one, seed=seed).select(backwards)) == set(
        QuerySubset(size=one, seed=seed).select(queries)
    )


def test_seeds_choose_differently():
    queries = {str(i): "" for i in range(100)}
    assert QuerySubset(size=10, seed=0).select(queries) != QuerySubset(size=10, seed=1).select(queries)


def test_identifiers_of_a_dataset():
    assert DatasetSpec(id="beir/scifact/test", name="SciFact").identifiers == {"beir/scifact/test", "SciFact"}
