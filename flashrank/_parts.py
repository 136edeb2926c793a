"""A Ranker's parts and the steps that make them, as programs written for FlashRank use them beside ``rerank``.

Programs read, replace and delete the parts. They call the steps, override them in a subclass, or patch them.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from flashrank._cores import available_cores
from flashrank.errors import InvalidRequest, ModelUnavailable
from flashrank.models.store import ModelFiles, locate_model, resolve_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from flashrank.listwise.scorer import ListwiseScorer
    from flashrank.models.template import TextTemplate
    from flashrank.Ranker import Ranker
    from flashrank.scoring.pair_encoder import PairEncoder
    from flashrank.scoring.prompt_encoder import PromptEncoder
    from flashrank.scoring.session import CrossEncoder


class RankerParts:
    """What a Ranker is made of: a session and a tokenizer, or a listwise model."""

    cache_dir: Path
    model_dir: Path
    threads: int
    #: What scores all passages before this Ranker rescores some of them.
    first: Ranker | None = None
    patience: int
    _encoder: CrossEncoder
    _pairs: PairEncoder | PromptEncoder
    _weights: Path
    # The constructor sets these. The class has them too, because a subclass's constructor may set the parts alone.
    logger = logging.getLogger("flashrank.Ranker")
    max_length: int = 512
    _is_listwise: bool = False
    _listwise: ListwiseScorer | None = None
    _template: TextTemplate | None = None
    _english_only: bool = False
    #: How ``resolve_model`` is to look for the model.
    _options: Mapping[str, Any] = MappingProxyType({})

    # Parts are typed as present: only a program that set one to None finds None there.

    @property
    def session(self) -> InferenceSession:
        """The ONNX session in use. Set it to None, or delete it, to free its memory; set another one to go on.

        Where a rewritten graph is run, this is the session of the model's own file all the same, loaded when it is
        first read. Any session that is set is the one that is run.
        """
        return cast("InferenceSession", getattr(self._part("_encoder", "session"), "session", None))

    @session.setter
    def session(self, session: InferenceSession | None) -> None:
        from flashrank.scoring.session import CrossEncoder

        self._refuse_listwise("session")
        lacking = [name for name in ("run", "get_inputs", "get_outputs") if not hasattr(session, name)]
        if lacking and session is not None:
            raise InvalidRequest(f"session is {type(session).__name__}, which has no {lacking[0]}: hand it through")
        threads = vars(self).get("threads") or available_cores()
        self._encoder = cast("Any", None) if session is None else CrossEncoder(session, threads)

    @session.deleter
    def session(self) -> None:
        self._part("_encoder", "session")
        del self._encoder

    @property
    def graph(self) -> str:
        """The graph that is run: ``"fast"`` for a rewritten one, else ``"as-shipped"``."""
        return "fast" if getattr(vars(self).get("_encoder"), "is_rewritten", False) else "as-shipped"

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer in use; its truncation setting is the limit on a pair's tokens."""
        return cast("Tokenizer", getattr(self._part("_pairs", "tokenizer"), "tokenizer", None))

    @tokenizer.setter
    def tokenizer(self, tokenizer: Tokenizer | None) -> None:
        self._refuse_listwise("tokenizer")
        if tokenizer is None:
            self._pairs = cast("Any", None)
        elif self._template is None:
            from flashrank.scoring.pair_encoder import PairEncoder

            self._pairs = PairEncoder(tokenizer, self.max_length)
        else:
            from flashrank.scoring.prompt_encoder import PromptEncoder

            self._pairs = PromptEncoder(tokenizer, self.max_length, self._template)

    @tokenizer.deleter
    def tokenizer(self) -> None:
        self._part("_pairs", "tokenizer")
        del self._pairs

    @property
    def llm_model(self) -> Any:
        """The ``llama_cpp.Llama`` of a listwise model, freed as a session is; None for a cross-encoder."""
        return getattr(self._own("_listwise", "llm_model", "make another Ranker"), "llama", None)

    @llm_model.setter
    def llm_model(self, model: None) -> None:
        if model is not None:
            raise AttributeError("a Ranker's llm_model can be set to None alone: make another Ranker")
        self._listwise = None

    @llm_model.deleter
    def llm_model(self) -> None:
        self._own("_listwise", "llm_model", "make another Ranker")
        del self._listwise

    def _part(self, attribute: str, name: str) -> Any:
        self._refuse_listwise(name)
        return self._own(attribute, name, "set another one")

    def _own(self, attribute: str, name: str, remedy: str) -> Any:
        if attribute not in vars(self):
            raise AttributeError(f"this Ranker's {name} was deleted: {remedy}")
        return vars(self)[attribute]

    def _refuse_listwise(self, name: str) -> None:
        if self._is_listwise:
            raise AttributeError(f"a Ranker has no {name} for {self._weights.name}: it is a listwise model")

    def _listwise_scorer(self) -> ListwiseScorer:
        """Return what ranks with a listwise model, if it is there."""
        if (scorer := self._listwise) is None:
            raise InvalidRequest("ranker.llm_model was deleted or set to None: make another Ranker before ranking")
        return scorer

    def _scoring_parts(self) -> tuple[PairEncoder | PromptEncoder, CrossEncoder]:
        """Return what makes pairs and what scores them, if both are there."""
        return self._pair_encoder(), self._present("_encoder", "session", "an InferenceSession")

    def _pair_encoder(self) -> PairEncoder | PromptEncoder:
        """Return what makes pairs, if it is there."""
        encoder: PairEncoder | PromptEncoder = self._present("_pairs", "tokenizer", "a tokenizers.Tokenizer")
        return encoder

    def _present(self, attribute: str, name: str, kind: str) -> Any:
        if (part := vars(self).get(attribute)) is None:
            raise InvalidRequest(f"ranker.{name} was deleted or set to None: set it to {kind} before ranking")
        return part

    def _on_disk(self, model_name: str | Path, cache_dir: str | Path | None) -> ModelFiles:
        """Return the model's files, put on disk if need be by a step that a caller may have replaced."""
        if (files := self._find_files(model_name, cache_dir)) is None:
            self.model_dir = self.cache_dir / model_name
            self._prepare_model_dir(str(model_name))
            files = self._find_files(model_name, cache_dir)
        if files is None:
            raise ModelUnavailable(
                f"model {str(model_name)!r} is not, or not whole, in {self.cache_dir}: what stands in for flashrank's"
                " _prepare_model_dir or _download_model_files here must put it there"
            )
        return files

    def _find_files(self, model_name: str | Path, cache_dir: str | Path | None) -> ModelFiles | None:
        """Return a model's files, or None if it is not on disk."""
        pinned = {key: self._options[key] for key in ("revision", "file")}
        return locate_model(model_name, cache_dir, **pinned)

    def _prepare_model_dir(self, model_name: str) -> None:
        """Put a model that is not on disk into ``cache_dir``: the constructor's step, by way of the one below."""
        if not self._options.get("offline"):
            # A replacement of the next step may need the directory. If it cannot be made, the next step says why.
            with contextlib.suppress(OSError):
                self.cache_dir.mkdir(parents=True, exist_ok=True)
        self._download_model_files(model_name)

    def _download_model_files(self, model_name: str) -> None:
        """Download a model into ``cache_dir``, checked, unless all of it is there.

        Raises:
            ModelUnavailable: It could not be fetched, or may not be.
            InvalidModel: What is there, or was fetched, is no model.
        """
        resolve_model(model_name, self.cache_dir, **self._options)

    def _get_tokenizer(self, max_length: int = 512) -> Tokenizer:
        """Return the tokenizer of ``model_dir``, to truncate at ``max_length`` tokens or the model's limit.

        Raises:
            InvalidModel: A file cannot be parsed.
        """
        from flashrank.scoring.tokenizer import length_limit, truncating_tokenizer

        # More than this Ranker's own limit may be more than the model takes.
        if max_length > vars(self).get("max_length", 0):
            max_length = length_limit(self.model_dir, max_length).tokens
        return truncating_tokenizer(self.model_dir, max_length)
