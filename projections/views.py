"""All views by name and version, old ones too: a replay builds with the one that a disclosure names."""

from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.dossier import DOSSIER
from projections.doubles import IDENTITY
from projections.old.caseload_1 import CASELOAD_1
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View

_ALL = (CASELOAD, CLASS_LIST, DOSSIER, IDENTITY, REQUESTS_DUE, REVIEWS_DUE, TIMELINE, TRAJECTORY, CASELOAD_1)
VIEWS: dict[tuple[str, int], View] = {(each.name, each.version): each for each in _ALL}
