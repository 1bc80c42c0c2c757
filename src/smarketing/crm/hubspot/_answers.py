"""What the answers of the API say beside their objects: that some are missing, or that there are none.

An answer may be only a part: a later page was not fetched, some ids of a batch were not found, or the request
failed and its error was handed on as a page. The objects that came are read, and what is missing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smarketing.crm._cells import shown
from smarketing.crm.hubspot._account import Account
from smarketing.crm.hubspot._shape import (
    Json,
    as_mapping,
    id_at,
    list_at,
    mapping_at,
    more_follow,
    pages_objects,
)

_FAILED = "error"


def objects_of(pages: Iterable[object], account: Account) -> Iterator[object]:
    """The objects of pages in turn; what the pages do not hold is told in the account."""
    has_last, has_more = False, False
    for page in pages:
        answer = None if isinstance(page, list | tuple) else as_mapping(page)
        if answer is not None and _is_error(answer):
            _tell(answer, account)
            continue
        if answer is not None:
            for one in list_at(answer, "errors"):
                _tell(as_mapping(one) or {}, account)
            if more_follow(answer):
                has_more = True
            else:
                has_last = True
        yield from pages_objects([page])
    if has_more and not has_last:
        message = (
            "more pages follow than were given: ask for them with `next_page`, or read them as they come"
        )
        account.doubt("more-pages", message, "", "paging")


def _is_error(answer: Json) -> bool:
    """Whether an answer is the error of a request, and no page or object."""
    is_object = id_at(answer, "id") or "results" in answer
    return answer.get("status") == _FAILED and not is_object


def _tell(error: Json, account: Account) -> None:
    """An error for each record that it names; HubSpot's own message may quote values, and is left out."""
    category = shown(str(error.get("category") or "no category"), personal=False)
    message = f"HubSpot answered with an error ({category}) instead of a record: ask for it again"
    named = [id_at({"id": one}, "id") for one in list_at(mapping_at(error, "context"), "ids")]
    for record in named or [""]:
        account.error("api-error", message, record)
