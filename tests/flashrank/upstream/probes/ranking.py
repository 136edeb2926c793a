"""What ranking gives, and what it leaves behind."""

from __future__ import annotations

import json
import pickle
from typing import Any

from probes.probe import Probe


class Ranking(Probe):
    """What ranking gives, and what it leaves behind."""

    def the_list_that_rerank_returns(self) -> str:
        passages = [{"text": "rank"}, {"text": "query"}]
        return "the request's own" if self.rank(passages) is passages else "a new one"

    def the_dicts_that_rerank_returns(self) -> str:
        passages = [{"text": "rank"}]
        return "the passages themselves" if self.rank(passages)[0] is passages[0] else "new ones"

    def the_request_after_rerank(self) -> str:
        passages = [{"text": text} for text in ("rank", "query", "passages", "rank the query")]
        before = [passage["text"] for passage in passages]
        self.rank(passages)
        scored = "with scores" if "score" in passages[0] else "without scores"
        best_first = [passage["text"] for passage in self.rank([{"text": text} for text in before])]
        order = "sorted" if [passage["text"] for passage in passages] == best_first != before else "in its order"
        return f"{order}, {scored}"

    def the_order_of_the_results(self) -> str:
        scores = [result["score"] for result in self.rank([{"text": text} for text in ("rank", "query", "the")])]
        return "best first" if scores == sorted(scores, reverse=True) and len(set(scores)) > 1 else "another"

    def equal_scores(self) -> str:
        ids = [result["id"] for result in self.rank([{"id": i, "text": "rank"} for i in range(5)])]
        return "as given" if ids == list(range(5)) else "another order"

    def other_keys_of_a_passage(self) -> str:
        (result,) = self.rank([{"id": 1, "text": "rank", "meta": {"a": 1}, "score": "old"}])
        return ", ".join(result)

    def the_type_of_a_score(self) -> str:
        kind = type(self.rank([{"text": "rank"}])[0]["score"])
        return f"{kind.__module__}.{kind.__name__}"

    def json_dumps_of_the_results(self) -> str:
        json.dumps(self.rank([{"text": "rank"}]))
        return "works"

    def a_score_in_other_company(self) -> str:
        text = "rank the passages for a query"
        alone = self.rank([{"text": text}])[0]["score"]
        beside = self.rank([{"text": text}, {"text": "query " * 90}, {"text": "passages the model reads"}])
        return "the same" if [r["score"] for r in beside if r["text"] == text] == [alone] else "another"

    def runs_of_the_session_for_3_passages(self) -> str:
        ranker, shapes = self.ranker(), []
        session = ranker.session

        class Spy:
            def __getattr__(self, name: str) -> Any:
                return getattr(session, name)

            def run(self, names: Any, feed: Any) -> Any:
                shapes.append(feed["input_ids"].shape[0])
                return session.run(names, feed)

        ranker.session = Spy()
        self.rank([{"text": "rank"}, {"text": "query " * 9}, {"text": "the"}], ranker=ranker)
        return " and ".join(f"1 of {count}" for count in sorted(shapes))

    def no_passages(self) -> str:
        return repr(self.rank([]))

    def a_request_without_passages(self) -> str:
        return repr(self.request_class(query="rank").passages)

    def a_tuple_of_passages(self) -> str:
        return f"ranks {len(self.rank(({'text': 'rank'}, {'text': 'query'})))}"

    def no_query(self) -> str:
        return f"ranks {len(self.rank([{'text': 'rank'}], query=None))}"

    def a_passage_without_a_text(self) -> str:
        return f"ranks {len(self.rank([{'id': 1}]))}"

    def a_text_that_is_None(self) -> str:  # noqa: N802
        return f"ranks {len(self.rank([{'text': None}]))}"

    def a_model_that_gives_NaN(self) -> str:  # noqa: N802
        return str(self.rank([{"text": "rank"}], ranker=self.ranker("nan"))[0]["score"])

    def log_records_of_rerank(self) -> str:
        return self._records([{"text": "rank"}])

    def log_records_of_rerank_where_passages_are_cut(self) -> str:
        return self._records([{"text": "rank " * 900}])

    def _records(self, passages: Any) -> str:
        ranker = self.ranker()
        with self.records() as records:
            self.rank(passages, ranker=ranker)
        return ", ".join(records) or "none"

    def a_pickled_request(self) -> str:
        request = pickle.loads(pickle.dumps(self.request_class("rank", [{"text": "a"}])))
        return ", ".join(f"{key}={value!r}" for key, value in vars(request).items())
