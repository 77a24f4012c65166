"""What a group changed in its event, as an editor reads it: field by field, as it is and as it would be."""

from __future__ import annotations

from typing import Any

from portal.events import proposal_decisions, services
from portal.events.facts_form import stored_otherwise
from portal.events.proposal_contents import OpenProposal
from portal.events.propose_form import ProposalForm, proposal_filled_in


def differences(found: OpenProposal) -> list[tuple[str, str, str]]:
    """(what it is called, as it is, as it would be) of each that the group changed."""
    change = proposal_decisions.change_of(found)
    if change is None:
        return []
    filled = [proposal_filled_in(content) for content in (change.old, change.new)]
    # Of what is an event already, nobody stored which group it was: the editor's name stands there.
    filled[0]["group"] = filled[1]["group"] = found.content.group
    old, new = (_as_form(one) for one in filled)
    here = services.places()
    return [
        (label, was, becomes)
        for (label, was), (_label, becomes) in zip(
            stored_otherwise(new, filled[0], here), stored_otherwise(old, filled[1], here), strict=True
        )
    ]


def _as_form(filled: dict[str, Any]) -> ProposalForm:
    form = ProposalForm(formdata=None, data=filled)
    form.offer(services.places(), kept=filled["place"] or None)
    return form
