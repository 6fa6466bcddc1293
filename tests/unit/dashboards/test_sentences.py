"""The check of the pages' sentences finds what does not go together."""

import pytest

from expectations.dashboard_sentences import wrong_sentences

WRONG = [
    "Atlas lasts 3.0 days; all these 1 products run out.",
    "1 of 7 days were unusual; the best was 2 Mar 2026.",
    "3 of 7 days was unusual.",
    "Revenue: ₹12; nothing in 2 Mar 2026.",
    "12 more product are sold out.",
    "1 of 12 selling products run out.",
    "1 rows, first Atlas.",
    "Revenue: NaN.",
]
RIGHT = [
    "Atlas lasts 1.0 days. 1 of 12 selling products runs out before 14 days have passed.",
    "0 of 7 days were unusual; the best was 2 Mar 2026 with ₹3,121.",
    "0 of 1 day was unusual; the best was 2 Mar 2026.",
    "Revenue: ₹12; nothing on 2 Mar 2026.",
    "nothing in Mar 2026",
    "31 of 31 rows of 2 Mar 2026 went to quarantine.",
    "21 more products are sold out. 1,001 products",
]


@pytest.mark.parametrize("sentence", WRONG)
def test_wrong_sentence_is_found(sentence: str) -> None:
    assert list(wrong_sentences([sentence])) != []


@pytest.mark.parametrize("sentence", RIGHT)
def test_right_sentence_is_left_alone(sentence: str) -> None:
    assert list(wrong_sentences([sentence])) == []
