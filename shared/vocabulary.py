"""The field's terms that cross a wire, each with the values that it may take."""

from enum import StrEnum


class Result(StrEnum):
    """What a nucleic-acid test found 检测结果."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCONCLUSIVE = "inconclusive"


class Method(StrEnum):
    """How a sample was tested 检测方法."""

    PCR = "pcr"
    ANTIGEN = "antigen"
    SEQUENCING = "sequencing"


class SubjectKind(StrEnum):
    """Whom or what a sample is taken of 采样对象 (town §9, §17)."""

    PERSON = "person"
    ENVIRONMENT = "environment"
    GOODS = "goods"
    HOUSEHOLD = "household"


class Classification(StrEnum):
    """What a direct report calls the case 病例分类, by the national protocols (town §19, city §20)."""

    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    ASYMPTOMATIC = "asymptomatic"


class ReviewOutcome(StrEnum):
    """What disease control's review found 审核结论."""

    APPROVED = "approved"
    RETURNED = "returned"
    """Sent back to the institution for correction; the review is done all the same."""


class Symptom(StrEnum):
    """The symptoms that a sentinel must report 哨点症状 (town §17, city, sentinel sentence)."""

    FEVER = "fever"
    COUGH = "cough"
    SORE_THROAT = "sore-throat"
    SHORTNESS_OF_BREATH = "shortness-of-breath"
    LOSS_OF_SMELL_OR_TASTE = "loss-of-smell-or-taste"
    DIARRHOEA = "diarrhoea"


class RiskLevel(StrEnum):
    """What risk an area carries 风险等级, from the lowest to the highest (town §8(2), city §12)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CLOSED_OFF = "closed-off"
    """Closed off as a whole by its government 全域封闭管理."""

    @property
    def rank(self) -> int:
        """Where it stands among the levels, from 0."""
        return _RISKS.index(self)


_RISKS = tuple(RiskLevel)


class Occasion(StrEnum):
    """Why a person is paged about a clock 提醒时机."""

    INFORM = "inform"
    WARN = "warn"
    BREACH = "breach"
