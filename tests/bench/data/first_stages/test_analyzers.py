import unicodedata
from itertools import pairwise

import pytest
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.data.first_stages.analyzers import LANGUAGES, analyzer_of


def words(language, text):
    [found] = analyzer_of(language).tokenize([text], return_ids=False)
    return found


def test_english_is_bm25s_own_tokenizer_and_keeps_its_indexes():
    import bm25s

    texts = ["The cafe\u0301s of Zürich's 2nd DISTRICT — a don't-miss!", "日本 語 हिन्दी", "", "x_1 a I"]
    stemmer = Stemmer.Stemmer("english")
    own = bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
    assert analyzer_of("en").tokenize(texts, return_ids=False) == own
    # Exactly these two have always been in the key of an English index: another key would index everything again.
    assert analyzer_of("en").options == {"stopwords": "en", "stemmer": "english"}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Die Häuser der Ärztinnen sind größer", ["haus", "arztinn", "gross"]),
        ("es", "Las canciones de los niños", ["cancion", "niñ"]),
        ("fr", "L'hiver des châteaux", ["hiv", "château"]),
        ("ru", "Большие реки впадают в море", ["больш", "рек", "впада", "мор"]),
        # The example in the documentation of Lucene's CJKAnalyzer.
        ("zh", "我是中国人", ["我是", "是中", "中国", "国人"]),
        (
            "ja",
            "多くの学生が試験に落ちた。",
            ["多く", "くの", "の学", "学生", "生が", "が試", "試験", "験に", "に落", "落ち", "ちた"],
        ),
        ("ko", "안녕하세요", ["안녕", "녕하", "하세", "세요"]),
        ("zh", "卡万·肖特 的 BERT\uff12\uff10 模型, the 7", ["卡万", "肖特", "的", "bert20", "模型", "7"]),
        ("ja", "ｶﾞｷﾞ か\u3099 コーヒー・東京", ["ガギ", "が", "コー", "ーヒ", "ヒー", "東京"]),
        ("zh", "𠮷野家", ["𠮷野", "野家"]),
        ("ar", "المَكْتَبَاتُ", ["مكتب"]),
        ("yo", "Ọdún tí wọ́n ṣe ìdíje", ["odun", "ti", "won", "se", "idije"]),
        ("vi", "Thủ đô có bao nhiêu người", ["thủ", "đô", "có", "bao", "nhiêu", "người"]),
        ("sw", "Kitabu kiko wapi?", ["kitabu", "kiko", "wapi"]),
    ],
)
def test_words_of_each_language(language, text, expected):
    assert words(language, text) == expected


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("hi", "हिन्दी", "हिंदी"),
        ("hi", "पहुँची", "पहुंची"),
        ("hi", "क़लम ज़मीन", "\u0958लम \u095bमीन"),
        ("hi", "क़लम", "कलम"),
        ("hi", "शक्ति", "शक्\u200dति"),
        ("hi", "किताबें", "किताबों"),
        ("ar", "القرآن", "القران"),
        ("ar", "أحمد إلى", "احمد الى"),
        ("ar", "مـكـتـبـة", "مَكْتَبَة"),
        ("ar", "\ufefb", "لا"),
        ("yo", "Ọ̀rọ̀ Yorùbá", "oro yoruba"),
        ("bn", "নদী\u200c র\u200dয", "নদী রয"),
    ],
)
def test_spellings_that_are_one_word(language, one, other):
    assert words(language, one) == words(language, other) != []


@pytest.mark.parametrize("language", ["hi", "bn", "te", "ar", "vi"])
def test_no_word_ends_at_a_combining_mark(language):
    sentences = {
        "hi": "प्रश्न का उत्तर विद्यार्थी",
        "bn": "প্রশ্নের উত্তর নদীটি",
        "te": "ప్రశ్నకు సమాధానం",
        "ar": "قَرَأَتِ الطَّالِبَةُ",
        "vi": unicodedata.normalize("NFD", "tiếng Việt được"),
    }
    text = sentences[language]
    assert len(words(language, text)) == len(text.split())
    assert len(words("en", text)) != len(text.split()) or language in ("ar", "vi")


def test_vietnamese_keeps_its_marks():
    assert words("vi", "bán") != words("vi", "bàn")


@settings(deadline=None)
@given(text=st.text(), language=st.sampled_from([language for language in LANGUAGES if language != "en"]))
def test_normal_forms_make_no_difference(text, language):
    assert words(language, unicodedata.normalize("NFD", text)) == words(language, unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(text=st.text(alphabet="中国人かガ각 a1,\n"))
def test_pairs_overlap_within_runs_of_characters(text):
    runs = "".join(c if c in "中国人かガ각" else " " for c in text).split()
    expected = [pair for run in runs for pair in ([run] if len(run) == 1 else map("".join, pairwise(run)))]
    assert [word for word in words("ja", text) if word[0] not in "a1"] == expected


def test_every_analyzer_works_and_says_what_it_does():
    for language in LANGUAGES:
        analyzer = analyzer_of(language)
        assert analyzer.tokenize(["Straße 東京 मुंबई القاهرة", ""], return_ids=True).vocab
        assert analyzer.tokenize([""], return_ids=False) == [[]]
        assert analyzer.describe()
    assert analyzer_of("de").describe() == "German stems, stopwords 'de'"
    assert analyzer_of("zh").describe() == "pairs of characters, stopwords 'en'"
    assert analyzer_of("yo").describe() == "no stemmer, no tone marks or under-dots, no stopwords"


@pytest.mark.parametrize("language", ["xx", "", "EN", "german"])
def test_an_unknown_language_names_the_known(language):
    with pytest.raises(BenchError, match=rf"no analyzer for language '{language}'; it has: ar, bn, de, en, es, .*, zh"):
        analyzer_of(language)
