"""How long the partnership keeps what: the keys of [retention], where each time comes from, and which a person must still check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.partnership.toml_records import Check, key

BACKUP_DAYS: Check = (lambda value: 1 <= value <= 90, "be a whole number of days from 1 to 90")
MONTHS: Check = (lambda value: 1 <= value <= 60, "be a whole number of months from 1 to 60")
DAYS: Check = (lambda value: 7 <= value <= 365, "be a whole number of days from 7 to 365")
YEARS: Check = (lambda value: 1 <= value <= 50, "be a whole number of years from 1 to 50")
AS_OTHERS = 0
YEARS_OR_AS_OTHERS: Check = (
    lambda value: AS_OTHERS <= value <= 50,
    "be a whole number of years from 1 to 50, or 0: as long as other reports",
)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long things are kept; until `agreed_by` is filled nothing ends by what is given in years."""

    reports_years: int = key(YEARS)
    """After a report is closed, or was taken back by its reporter."""
    hate_years: int = key(YEARS_OR_AS_OTHERS, default=AS_OTHERS)
    high_risk_years: int = key(YEARS_OR_AS_OTHERS, default=AS_OTHERS)
    staff_log_years: int = key(YEARS)
    survey_years: int = key(YEARS, default=6)
    survey_words_years: int = key(YEARS, default=2)
    contact_months: int = key(MONTHS, default=12)
    """How long after a report is closed we still know how to reach its reporter."""
    backup_days: int = key(BACKUP_DAYS, default=30)
    """After how many days a backup is destroyed."""
    saved_answers_days: int = key(DAYS, default=30)
    """For so long somebody can come back to answers that they saved and did not send."""
    help_request_days: int = key(DAYS, default=30)
    """After the date of the event at which help was asked for."""
    proposal_days: int = key(DAYS, default=90)
    """After the last date of an event that a group proposed, or after the group was asked something and says no more."""
    refused_proposal_days: int = key(DAYS, default=30)
    """After a proposal came to nothing: its group has had time to read why."""
    agreed_by: str = ""

    def years_of(self, *, is_hate: bool, is_high_risk: bool) -> int:
        """After so many years a closed report ends: a rule for some reports may keep them longer, never shorter by the other."""
        years = (is_hate and self.hate_years) or self.reports_years
        return max(years, self.high_risk_years) if is_high_risk else years


@dataclass(frozen=True)
class Rule:
    """One key of the schedule: what it rules, where the time comes from, and whether somebody must check that it is right."""

    key: str
    what: str
    source: str
    is_checked: bool = False


TRADITION = "no statute fixes it: the data protection officer decides"
RULES = (
    Rule("reports_years", "reports, after they are closed", "Limitation Act 1980, six years; " + TRADITION),
    Rule("hate_years", "reports of hate, after they are closed", TRADITION),
    Rule(
        "high_risk_years",
        "reports judged high, after they are closed, and cases of the MARAC, after their last meeting",
        "MARAC and police rules, 6 to 7 years; " + TRADITION,
    ),
    Rule("contact_months", "how to reach a reporter, after their report is closed", TRADITION),
    Rule("survey_years", "what was ticked in a survey, after its wave is closed", TRADITION),
    Rule("survey_words_years", "what was written in a survey, after its wave is closed", TRADITION),
    Rule("staff_log_years", "the record of what staff did", "2 to 6 years; " + TRADITION),
    Rule("backup_days", "backups", TRADITION),
    Rule("saved_answers_days", "answers that were saved and not sent", TRADITION),
    Rule("help_request_days", "requests for help at events, after the event", TRADITION),
    Rule("proposal_days", "what groups proposed, after the event", TRADITION),
    Rule("refused_proposal_days", "what groups proposed and nothing came of", TRADITION),
)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the first of March, so that nothing ends early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def schedule_problems(retention: Retention) -> list[str]:
    """What the operator must know of a schedule that nobody answers for."""
    if retention.agreed_by.strip():
        return []
    return [
        "Nobody has agreed how long things are kept, so reports and survey answers do not end by themselves: "
        "have [retention] in partnership.toml checked, and set its agreed_by."
    ]
