"""Where a sentence ends, in news prose full of abbreviations."""

import re

_FULL_WIDTH_STOP = re.compile("[。！？｡．]")
_STOP = re.compile(r"([.!?…])[\"'”’»》』」)\]]*\s")

# Words that take a full stop without ending a sentence.
ABBREVIATIONS = frozenset(
    "Mr Mrs Ms Dr Prof Gen Lt Col Maj Capt Sgt Cmdr Adm Gov Sen Rep Rev Hon Pres St Ave Mt "
    "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri "
    "No Nos Vol Fig Inc Ltd Co Corp Dept Univ Jr Sr Bros Min Messrs Ref Art "
    "vs vol pp approx est cf al etc resp incl no nos".split()
)
# Words that, with a capital, begin a sentence even after an abbreviation: "in the U.S. It said".
OPENERS = frozenset(
    "the this that these those it its he she they we you in on at a an and but if when while after as for "
    "according there here what who his her their our also such however meanwhile then to from by with".split()
)


def ends_sentence(before: str, gap: str, after: str) -> bool:
    """Does a sentence end between two neighbouring words?

    before: the word as written, with the dots that belong to it ("C.C."); gap: what stands between
    them; after: the next word as written.
    """
    if _FULL_WIDTH_STOP.search(gap):
        return True
    stop = _STOP.search("." + gap if before.endswith(".") else gap)
    if not stop or after[:1].islower():
        return False
    if stop.group(1) == "." and _is_abbreviated(before):
        return after[:1].isupper() and after.casefold() in OPENERS
    return True


def _is_abbreviated(word: str) -> bool:
    return "." in word or word in ABBREVIATIONS or (len(word) == 1 and word.isupper())
