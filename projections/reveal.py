"""What somebody was shown of one child, shown again to the auditor for whom the dpo approved it (rule `reveal`).

The policy is asked about who the child is (`identity`), which no rule opens to an auditor but the one that needs that
approval; and then about every category that was shown, safety and access_log among them: none is left out, so that what
is seen is all that was seen, or nothing.
"""

from collections.abc import Callable

from domain.disclosure import Shown
from projections.lens import Item
from projections.view import Content, Frame, View

NAME, VERSION = "reveal", 1
LEADING = Item("identity")
NOTHING = Content({})


def reveal(shown: Shown, content: Callable[[], Content]) -> View:
    """The view of this part of a look; `content` builds anew what was shown, and is asked only where it is approved."""

    def build(frame: Frame) -> Content:
        return content() if _approved(frame, shown) else NOTHING

    return View(NAME, VERSION, build, LEADING)


def _approved(frame: Frame, shown: Shown) -> bool:
    lens = frame.lens
    if not lens.sees(LEADING) or lens.decision(LEADING).rule not in frame.policy.on_approval:
        return False
    categories = {ground.category for ground in shown.grounds if ground.decision == "permit"}
    return all(lens.sees(Item(each)) for each in sorted(categories))
