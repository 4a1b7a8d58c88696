"""The conditions on who looks, by the names that a policy uses. Each says on which bases the rule fits, if any."""

from collections.abc import Callable, Sequence

from consent_policy.consent import Names, includes, is_named
from consent_policy.grounds import Seat
from consent_policy.policy import WhoName
from consent_policy.question import ANYWHERE, NOWHERE, Basis, Question, ask_for, bases_for, runs, viewer_as
from consent_policy.vocabulary import SCHOOL_ORGANISATION, SCREENER, VEILIG_THUIS, YOUTH
from consent_policy.whose_consent import authority, own_access, place, youth_has_come_of_age

Who = Callable[[Question], Sequence[Basis]]


def anybody(_: Question) -> Sequence[Basis]:
    """Everybody in the roles that the rule names."""
    return ANYWHERE


def anybody_in_an_episode(question: Question) -> Sequence[Basis]:
    """Everybody in the roles that the rule names, in each episode asked about: consent may be limited to one."""
    return bases_for(question)


def author_of_signal(question: Question) -> Sequence[Basis]:
    """Who raised the signal asked about, or any signal where none is named."""
    grounds, request, instant, *_ = question
    for signal in grounds.raised_by.get(request.viewer, ()):
        if signal.since <= instant and request.signal in (None, signal.signal):
            return (Basis((signal.entry,)),)
    return NOWHERE


def picked_up_open_signal(question: Question) -> Sequence[Basis]:
    """Who picked up a signal of which no episode came yet; they see that signal and not the others."""
    grounds, request, instant, *_ = question
    if request.episode is not None:
        return NOWHERE
    return [
        Basis((signal.entry,), signal.programme, signal.explained_first)
        for signal in grounds.picked_up_by.get(request.viewer, ())
        if signal.picked_up_at is not None
        and signal.picked_up_at <= instant
        and runs(signal.since, signal.open_until, instant)
        and request.signal in (None, signal.signal)
    ]


def _basis(seat: Seat) -> Basis:
    return Basis((seat.membership.entry,), seat.episode.programme, seat.episode.explained_first)


def team_of_open_episode(question: Question) -> Sequence[Basis]:
    """Who is on the team of an open episode, until released; screeners are not."""
    return [
        _basis(seat)
        for seat in question.seats
        if seat.membership.team_role != SCREENER and runs(seat.episode.since, seat.episode.closed_at, question.instant)
    ]


def team_of_episode(question: Question) -> Sequence[Basis]:
    """Who is on the team of an episode that is open or in follow-up, until released; screeners are not."""
    return [
        _basis(seat)
        for seat in question.seats
        if seat.membership.team_role != SCREENER and _open_or_followed(seat, question)
    ]


def _open_or_followed(seat: Seat, question: Question) -> bool:
    closed, followed = seat.episode.closed_at, seat.episode.follow_up_until
    return closed is None or question.instant < closed or (followed is not None and question.instant < followed)


def running_screener(question: Question) -> Sequence[Basis]:
    """Who screens, from start_screening to complete_screening, while assigned to the open episode."""
    screening_in = {
        screening.episode: screening.entry
        for screening in question.grounds.screenings
        if screening.screener == question.request.viewer and runs(screening.since, screening.until, question.instant)
    }
    if not screening_in:
        return NOWHERE
    return [
        Basis((screening_in[seat.episode.episode],), seat.episode.programme, seat.episode.explained_first)
        for seat in question.seats
        if seat.episode.episode in screening_in and runs(seat.episode.since, seat.episode.closed_at, question.instant)
    ]


def childs_school(question: Question) -> Sequence[Basis]:
    """Staff of the school where the child is at the instant."""
    for year in reversed(question.grounds.schools):
        if year.at <= question.instant:
            at_school = year.organisation == question.request.viewer.organisation
            return bases_for(question, year.entry) if at_school else NOWHERE
    return NOWHERE


def named_by_consent(question: Question) -> Sequence[Basis]:
    """Whom somebody's consent to care names, by organisation or by person, for this category; no staff of a school."""
    grounds, request, instant, policy, _ = question
    if request.viewer.organisation.startswith(SCHOOL_ORGANISATION):
        return NOWHERE
    organisation, person = f"org:{request.viewer.organisation}", f"person:{request.viewer.id}"
    if grounds.recipients.isdisjoint((organisation, person)):
        return NOWHERE
    names: Names = viewer_as(question, organisation, person)
    return [
        basis
        for basis in bases_for(question)
        if is_named(grounds, ask_for(question, basis, "care", organisation), names, instant, policy, "disclosure")
    ]


def childs_municipality(question: Question) -> Sequence[Basis]:
    """Who works for the municipality that the child lives in."""
    municipality = question.grounds.municipality
    if not municipality or municipality != question.request.viewer.organisation:
        return NOWHERE
    return bases_for(question) or ANYWHERE


def referred_organisation(question: Question) -> Sequence[Basis]:
    """The organisation of a referral that is neither declined nor withdrawn, for the categories that it lists."""
    grounds, request, instant, *_ = question
    found = []
    for referral in grounds.referrals:
        if (
            referral.organisation == request.viewer.organisation
            and runs(referral.since, referral.over_at, instant)
            and includes(referral.categories, request.category)
            and request.episode in (None, referral.episode)
        ):
            episode = grounds.episode_of.get(referral.episode)
            programme = episode.programme if episode else None
            found.append(Basis((referral.entry,), programme, legal_basis=referral.legal_basis))
    return found


def the_youth(question: Question) -> Sequence[Basis]:
    """The youth, from the age of access on (Jeugdwet 7.3.10)."""
    grounds, request, instant, policy, _ = question
    of_age = request.viewer.id == YOUTH and youth_has_come_of_age(grounds, instant, policy)
    return ANYWHERE if of_age else NOWHERE


def guardian_with_access(question: Question) -> Sequence[Basis]:
    """A guardian with authority, where the column "guardians' own access" lets them; from 18 on only the mentor."""
    grounds, request, instant, policy, _ = question
    held = own_access(grounds, request.viewer.id, instant, policy)
    if held is None:
        return NOWHERE
    asks_youth = place(grounds, instant, policy).guardians_own_access == "with_youth_consent"
    return bases_for(question, held.entry) if asks_youth else (Basis((held.entry,)),)


def guardian_without_authority(question: Question) -> Sequence[Basis]:
    """A guardian without authority of a minor (BW 1:377c ends at 18)."""
    grounds, request, instant, policy, _ = question
    held = authority(grounds, request.viewer.id, instant)
    access = place(grounds, instant, policy).guardians_own_access
    if (held is not None and held.has_authority) or access in {"no", "mentor"}:
        return NOWHERE
    granted = [
        grant.entry
        for grant in grounds.general_informations
        if grant.guardian == request.viewer.id and grant.at <= instant and request.category in grant.categories
    ]
    return bases_for(question, *granted) if access == "with_youth_consent" else (Basis(tuple(granted)),)


def order_institution(question: Question) -> Sequence[Basis]:
    """The institution that carries out a running child protection order (BW 1:255)."""
    return [
        Basis((order.entry,))
        for order in question.grounds.orders
        if order.institution == question.request.viewer.organisation
        and runs(order.since, order.until, question.instant)
    ]


def invoker(question: Question) -> Sequence[Basis]:
    """Who invoked an override, of either kind, the newest first; it may be over."""
    return [
        Basis((override.entry,))
        for override in reversed(question.grounds.overrides)
        if override.invoker == question.request.viewer and override.since <= question.instant
    ]


def shared_with_veilig_thuis(question: Question) -> Sequence[Basis]:
    """Veilig Thuis, once who invoked an override for it has shared this category with it."""
    grounds, request, instant, *_ = question
    if request.viewer.organisation != VEILIG_THUIS:
        return NOWHERE
    return [
        Basis((override.entry, share.entry))
        for override in grounds.overrides
        if override.basis == "veilig_thuis"
        for share in grounds.shares
        if share.by == override.invoker
        and share.organisation == VEILIG_THUIS
        and override.since <= share.at <= instant
        and request.category in share.categories
    ]


def auditor_of_reveal(question: Question) -> Sequence[Basis]:
    """The auditor who asked to see the content of this one disclosure."""
    return [
        Basis((reveal.entry,))
        for reveal in question.grounds.reveals
        if reveal.auditor == question.request.viewer and reveal.disclosure == question.request.disclosure
    ]


WHO: dict[WhoName, Who] = {
    "anybody": anybody,
    "anybody_in_an_episode": anybody_in_an_episode,
    "author_of_signal": author_of_signal,
    "picked_up_open_signal": picked_up_open_signal,
    "team_of_open_episode": team_of_open_episode,
    "running_screener": running_screener,
    "team_of_episode": team_of_episode,
    "childs_school": childs_school,
    "named_by_consent": named_by_consent,
    "childs_municipality": childs_municipality,
    "referred_organisation": referred_organisation,
    "the_youth": the_youth,
    "guardian_with_access": guardian_with_access,
    "guardian_without_authority": guardian_without_authority,
    "order_institution": order_institution,
    "invoker": invoker,
    "shared_with_veilig_thuis": shared_with_veilig_thuis,
    "auditor_of_reveal": auditor_of_reveal,
}
