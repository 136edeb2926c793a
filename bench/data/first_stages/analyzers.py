r"""What BM25 takes for a word in each language: one declarative row a language.

Every step is one that Lucene's analyzer of that language has, as far as bm25s (stopwords) and Snowball (stemmers)
offer it; none was chosen by looking at what it does to a test collection:

- English is bm25s' own tokenizer, untouched, which is what Anserini's BEIR baselines are reproduced with.
- Combining marks belong to words. Python's ``\w`` leaves them out, which tears Hindi apart at every vowel sign and
  Yoruba at every tone mark that has no precomposed letter.
- Chinese, Japanese and Korean are cut into overlapping pairs of characters after NFKC, as Lucene's CJKAnalyzer cuts
  them (org.apache.lucene.analysis.cjk); a character with no neighbour stays alone, other scripts stay words, and the
  stopwords are English.
- Hindi loses the spelling differences of "Hindi CLIR in Thirty Days" (Larkey et al., 2003) as in Lucene's
  HindiNormalizer: nukta, candrabindu or a dead n for anusvara, joiners. Lucene also shortens vowels and drops viramas,
  which is left out, as Snowball's stemmer looks for suffixes with both.
- Arabic loses its hamza seats, harakat and tatweel as in Lucene's ArabicNormalizer. Teh marbuta and dotless yeh are
  left to the stemmer, which tells suffixes by them.
- Yoruba is folded to letters without tone marks and under-dots: "with very few exceptions, diacritics are omitted from
  electronic texts" (Orife, arXiv:1804.00832), so a query and its passage seldom have the same ones. Vietnamese is
  written with its marks, and keeps them.
- Bengali, Swahili, Telugu, Vietnamese and Yoruba have no Snowball stemmer; stopwords are those that bm25s has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from bench.common.errors import BenchError

_MARKS = "".join(re.escape(chr(code)) for code in range(0x10000) if unicodedata.category(chr(code)).startswith("M"))
_PLAIN_WORD = r"(?u)\b\w\w+\b"
_MARKED_WORD = rf"\w[\w{_MARKS}]+"
# Han, kana and Hangul: the characters that CJKBigramFilter pairs.
_CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
_CJK += "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_JOINERS = (("\u200c", ""), ("\u200d", ""))
_HINDI = (*_JOINERS, ("\u0928\u094d", "\u0902"), ("\u0901", "\u0902"), ("\u093c", ""))
_ARABIC = (
    *((seat, "\u0627") for seat in "\u0622\u0623\u0625"),
    *((mark, "") for mark in "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzer:
    """How texts of one language become words, in the order of the fields; words are in lower case.

    Attributes:
        form: Unicode normal form; none leaves the text as it is.
        replaced: What is written as what else, one after the other.
        folded: Whether combining marks are dropped, from precomposed letters too.
        paired: Characters, as a regular expression's class, whose runs become overlapping pairs.
        pattern: Regular expression of a word.
        stopwords: bm25s' list of words to leave out; none when empty.
        stemmer: Snowball algorithm; none when empty.
    """

    form: Literal["", "NFC", "NFD", "NFKC"] = "NFC"
    replaced: tuple[tuple[str, str], ...] = ()
    folded: bool = False
    paired: str = ""
    pattern: str = _MARKED_WORD
    stopwords: str = ""
    stemmer: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """What an index made with this analyzer depends on: whatever differs from bm25s' own tokenizer."""
        # Both lists are named whatever they are, as the keys of English indexes always had them.
        plain = Analyzer(form="", pattern=_PLAIN_WORD)
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        always = ("stopwords", "stemmer")
        return {name: value for name, value in chosen.items() if name in always or value != getattr(plain, name)}

    def tokenize(self, texts: Sequence[str], *, return_ids: bool) -> Any:
        """Return what ``bm25s.tokenize`` returns: token ids and their vocabulary, or lists of words."""
        import bm25s
        import Stemmer

        return bm25s.tokenize(
            [self._prepared(text) for text in texts],
            token_pattern=self.pattern,
            stopwords=self.stopwords or None,
            stemmer=Stemmer.Stemmer(self.stemmer) if self.stemmer else None,
            return_ids=return_ids,
            show_progress=False,
        )

    def describe(self) -> str:
        """Return what this analyzer does, for people: such as ``Hindi stems, no stopwords``."""
        stems = f"{self.stemmer.capitalize()} stems" if self.stemmer else "no stemmer"
        parts = ["pairs of characters"] if self.paired else [stems]
        parts += ["no tone marks or under-dots"] if self.folded else []
        return ", ".join([*parts, f"stopwords {self.stopwords!r}" if self.stopwords else "no stopwords"])

    def _prepared(self, text: str) -> str:
        if self.form:
            text = unicodedata.normalize(self.form, text)
        for old, new in self.replaced:
            text = text.replace(old, new)
        if self.folded:
            text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        return re.sub(f"[{self.paired}]+", _pairs, text) if self.paired else text


def _pairs(run: re.Match[str]) -> str:
    characters = run[0]
    pairs = (characters[start : start + 2] for start in range(max(1, len(characters) - 1)))
    return f" {' '.join(pairs)} "


_CJK_PAIRS = Analyzer(form="NFKC", paired=_CJK, pattern=rf"\w[\w{_MARKS}]*", stopwords="en")
_ANALYZERS = {
    "ar": Analyzer(form="NFKC", replaced=_ARABIC, stemmer="arabic"),
    "bn": Analyzer(replaced=_JOINERS),
    "de": Analyzer(stopwords="de", stemmer="german"),
    "en": Analyzer(form="", pattern=_PLAIN_WORD, stopwords="en", stemmer="english"),
    "es": Analyzer(stopwords="es", stemmer="spanish"),
    "fi": Analyzer(stemmer="finnish"),
    "fr": Analyzer(stopwords="fr", stemmer="french"),
    "hi": Analyzer(form="NFD", replaced=_HINDI, stemmer="hindi"),
    "id": Analyzer(stemmer="indonesian"),
    "it": Analyzer(stopwords="it", stemmer="italian"),
    "ja": _CJK_PAIRS,
    "ko": _CJK_PAIRS,
    "nl": Analyzer(stopwords="nl", stemmer="dutch"),
    "pt": Analyzer(stopwords="pt", stemmer="portuguese"),
    "ru": Analyzer(stopwords="ru", stemmer="russian"),
    "sw": Analyzer(),
    "te": Analyzer(replaced=_JOINERS),
    "vi": Analyzer(),
    "yo": Analyzer(folded=True),
    "zh": _CJK_PAIRS,
}

#: BCP 47 codes of the languages that BM25 has an analyzer for.
LANGUAGES = tuple(_ANALYZERS)


def analyzer_of(language: str) -> Analyzer:
    """Return the analyzer of a language.

    Args:
        language: One of ``LANGUAGES``.

    Raises:
        BenchError: There is none for it; the error names the others.
    """
    try:
        return _ANALYZERS[language]
    except KeyError:
        raise BenchError(f"BM25 has no analyzer for language {language!r}; it has: {', '.join(LANGUAGES)}") from None
