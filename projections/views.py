"""All views by name and version, old ones too: a replay builds with the one that a disclosure names."""

from projections.caseload import CASELOAD
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View

VIEWS: dict[tuple[str, int], View] = {(each.name, each.version): each for each in (CASELOAD, TIMELINE, TRAJECTORY)}
