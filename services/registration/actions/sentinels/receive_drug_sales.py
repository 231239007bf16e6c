"""Take a batch of sales from a till: judge each row, record the good ones, answer for each."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.registration.actions.sentinels.record_drug_sales import DrugKeeping, record_drug_sales
from services.registration.rules.sentinels.drug_sale import DrugSale, problems_of
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, store_good_rows

RESIDENCE_OUTSIDE = FieldProblem("residence", "lies outside the subtree of this key")


async def receive_drug_sales(
    database: Database,
    sales: Sequence[DrugSale],
    keeping: DrugKeeping,
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each sale, in their order; the good ones are recorded in one transaction.

    `reaches` tells whether the caller's subtree holds a division; a row outside it is refused.
    """

    def judge(sale: DrugSale) -> Sequence[FieldProblem]:
        return problems_for(sale, keeping, reaches=reaches, now=now)

    async def store(good: Sequence[DrugSale]) -> Sequence[RowVerdict]:
        return await record_drug_sales(database, good, keeping, now=now)

    return await store_good_rows(sales, problems_of=judge, store=store)


def problems_for(
    sale: DrugSale, keeping: DrugKeeping, *, reaches: Callable[[str], bool], now: datetime
) -> Sequence[FieldProblem]:
    """Return why a caller may not record a sale; an empty list when they may."""
    problems = problems_of(
        sale,
        now,
        divisions=keeping.divisions,
        occupations=keeping.occupations,
        law=keeping.law.drugs,
    )
    if problems:
        return problems
    outside = [] if reaches(sale.division) else [OUTSIDE]
    return outside if reaches(sale.residence) else [*outside, RESIDENCE_OUTSIDE]
