"""Whether what a policy cites stands in its notices."""

from dataclasses import dataclass, field

from shared.policy.notices import CitedPlace, read_citation
from shared.policy.places import Place, known, listed


@dataclass(slots=True)
class Citable:
    """What may be cited, by the keys of the notices."""

    articles: dict[str, int] = field(default_factory=dict[str, int])
    missing: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    unnumbered: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])


def read_notices(entries: Place) -> Citable:
    """Return what the notices of pack.yaml offer to citations."""
    notices = Citable()
    for key, notice in known(entries, "key").items():
        articles = notice.at("articles").text or ""
        notices.articles[key] = int(articles) if articles.isdecimal() else 0
        notices.missing[key] = {place.text for place in notice.at("missing_articles") if place.text}
        notices.unnumbered[key] = set(known(notice.at("unnumbered"), "key"))
    return notices


def check_citations(citations: Place, notices: Citable | None) -> None:
    """Hold a list of citations against the notices; None, where those could not be read, checks nothing."""
    for citation in citations:
        cited = read_citation(citation.text or "")
        if cited is not None and notices is not None:
            _check_citation(citation, cited, notices)


def _check_citation(citation: Place, cited: CitedPlace, notices: Citable) -> None:
    if cited.notice not in notices.articles:
        citation.add("unknown_notice", name=cited.notice, known=listed(notices.articles))
    elif cited.place is not None:
        if cited.place not in notices.unnumbered[cited.notice]:
            names = listed(notices.unnumbered[cited.notice])
            citation.add("unknown_place", name=cited.place, known=names)
    elif cited.article is not None:
        if cited.article > notices.articles[cited.notice]:
            citation.add("no_such_article", article=cited.article, articles=notices.articles[cited.notice])
        elif str(cited.article) in notices.missing[cited.notice]:
            citation.add("missing_article", article=cited.article)
