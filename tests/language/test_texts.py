"""The form in which texts are compared, and the words of a text in every kind of script."""

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from flowrules.language.names import fold
from flowrules.language.texts import holds, key, keys, phrase, words

ODD = st.text(
    st.one_of(
        st.sampled_from(
            "iIİıſßẞςΣǅ\u0307\u0301\u0345\u0323 \u00a0\t\u3000\u200b\u200d\ufeff\u00adＡａｶﾞ가각ർൻர்ம客の"
        ),
        st.characters(),
    ),
    max_size=12,
)


@given(ODD)
def test_a_folded_text_is_folded(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("start", range(0, 0x110000, 0x10000))
def test_every_letter_is_folded_once(start: int) -> None:
    letters = (chr(code) for code in range(start, start + 0x10000) if not 0xD800 <= code < 0xE000)
    assert [letter for letter in letters if fold(fold(letter)) != fold(letter)] == []


def test_all_that_unicode_lets_a_reader_ignore_is_left_out() -> None:
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    ignored = [
        c
        for c in regex.findall(r"\p{Default_Ignorable_Code_Point}", every)
        if unicodedata.category(c) != "Cn"
    ]
    assert len(ignored) > 100
    assert [hex(ord(character)) for character in ignored if fold(f"a{character}b") != "ab"] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gold ", "gold"),
        (" \tdo  not\ncall\u00a0", "Do not call"),
        ("do\u3000not\u2009call", "do not call"),
        ("İptal", "iptal"),
        ("İPTAL", "iptal"),
        ("IPTAL", "iptal"),
        ("i\u0307ptal", "iptal"),  # what a program makes of İ in small letters
        ("HAYIR", "hayır"),
        ("Işık", "ışık"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("Ｇｏｌｄ", "gold"),
        ("ｵﾍﾟﾚｰﾀｰ", "オペレーター"),
        ("cafe\u0301", "café"),
        ("go\u00adld", "gold"),
        ("gold\ufeff", "gold"),
        ("നമ്പർ", "നമ്പര്\u200d"),
    ],
)
def test_texts_that_a_reader_takes_for_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("resume", "résumé"), ("gold", "go ld"), ("l", "I"), ("0", "O"), ("a", "а")]
)
def test_texts_that_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)


YES, NO = True, False


@pytest.mark.parametrize(
    ("said", "wanted", "answer"),
    [
        # scripts with spaces: whole words
        ("wholesales", "sales", NO),
        ("sales!", "sales", YES),
        ("two refunds", "refund", NO),
        ("Straße", "STRASSE", YES),
        ("मुझे रिफंड चाहिए", "रिफंड", YES),
        ("मुझे रिफंड चाहिए", "रिफ", NO),
        ("नामंजूर", "ना", NO),
        ("переоформить", "оформить", NO),
        ("المديرة", "المدير", NO),
        ("l'assurance", "assurance", YES),
        ("İptal etmek istiyorum", "iptal", YES),
        # no spaces between words: characters side by side
        ("我要转人工客服", "客服", YES),
        ("我要转人工客服", "服客", NO),
        ("客 服", "客服", YES),
        ("我要退款2次", "退款", YES),
        ("オペレーターにつないでください", "オペレーター", YES),
        ("ｵﾍﾟﾚｰﾀｰお願いします", "オペレーター", YES),
        ("解約したいです", "解約", YES),
        ("ขอคุยกับพนักงานหน่อย", "พนักงาน", YES),
        ("ขอคุยกับพนักงานหน่อย", "พนก", NO),  # a vowel sign is part of its consonant
        ("ข้อยยากลมกับພະນັກງານ", "ພະນັກງານ", YES),
        ("ខ្ញុំចង់និយាយជាមួយបុគ្គលិក", "បុគ្គលិក", YES),
        ("ဝန်ထမ်းနဲ့စကားပြောချင်တယ်", "ဝန်ထမ်း", YES),
        # endings: where a word begins with it
        ("상담원이랑 통화하고 싶어요", "상담원", YES),
        ("전화상담원 주세요", "상담원", NO),
        ("환불을 요청하고 싶어요", "환불 요청", YES),
        ("요청 환불", "환불 요청", NO),
        ("네이버", "네", NO),  # one character begins too many words
        ("네, 맞아요", "네", YES),
        ("வழக்கறிஞரிடம் பேச வேண்டும்", "வழக்கறிஞர்", YES),
        ("மேலாளரை அழைக்கவும்", "மேலாளர்", YES),
        ("மேலாளரை", "லாளர்", NO),
        ("മാനേജരെ വിളിക്കൂ", "മാനേജർ", YES),
        ("మేనేజరుతో మాట్లాడాలి", "మేనేజర్", YES),
        ("ಮ್ಯಾನೇಜರ್‌ಗೆ ಕೊಡಿ", "ಮ್ಯಾನೇಜರ್", YES),
        ("ম্যানেজারের সাথে", "ম্যানেজার", YES),
        ("আমার নাম", "না", NO),
        ("મેનેજરને આપો", "મેનેજર", YES),
        # scripts side by side
        ("KT로 연결해 주세요", "KT", YES),
        ("SKT로", "KT", NO),
        ("2번이요", "2번", YES),
        ("12번", "2번", NO),
        ("请转VIP客服", "vip", YES),
        ("iPhone15を買った", "iphone15", YES),
        ("?!", "?!", NO),
        ("don´t call", "don't", YES),
        ("don’t call", "don't", YES),
    ],
)
def test_a_phrase_in_a_text(said: str, wanted: str, answer: bool) -> None:
    assert holds(words(said), phrase(wanted)) is answer


PIECES = st.lists(
    st.sampled_from(
        ["refund", "Refunds ", "환불", "환불을 ", "네", "상담원이랑", "客服", "我要", "オペ", "レーター", "ข", "นั", "மேலாளர்", "மேலாள",
         "ரை ", "ർ", "മാനേജ", " ", "-", "2", "KT", "रिफंड", "ं", "ß", "İ", "이" * 30, "랑" * 20]
    ),
    max_size=5,
).map("".join)  # fmt: skip


@given(PIECES, PIECES)
def test_a_phrase_is_found_under_its_place(said: str, wanted: str) -> None:
    """The index never passes over what a scan finds, and takes nothing for proven that a scan denies."""
    looked_for = phrase(wanted)
    place = key(looked_for)
    if holds(words(said), looked_for):
        assert place is not None
        assert place[0] in keys(said)
    elif place is not None and place[1]:
        assert place[0] not in keys(said)


@given(PIECES)
def test_a_text_holds_itself(text: str) -> None:
    assert holds(words(text), phrase(text)) or not words(text).strip()


def test_a_long_word_has_few_places() -> None:
    assert len(keys("가" * 8000)) < 40
