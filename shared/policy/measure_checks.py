"""What must hold of the measures of a pack: names that exist, conditions that mean something, days within."""

from shared.policy.documents import Document
from shared.policy.figure_checks import check_figures, check_figures_kept
from shared.policy.measures import When
from shared.policy.places import Place, is_false, is_true, known, listed, number_at

SITE_LIST = "in-central-quarantine"
_TEST_FORMS = ("day", "at_end_of", "every")


def check_measures(file: Document, requirements: Document) -> None:
    """Hold the file measures.yaml against itself and against what the notices demand."""
    place = Place(file)
    measures, demands = list(place.at("measures")), known(Place(requirements).at("requirements"), "id")
    for one in place.at("occupation_lists"):
        for member in one.at("members"):
            _check_named(member, place.at("occupations"), "unknown_occupation")
    for kind in place.at("stage_kinds"):
        _check_list(kind)
    for measure in measures:
        _check_names(measure, place)
        _check_when(measure)
        _check_stages_and_tests(measure)
        if requirements.readable:
            check_figures(measure, demands, place)
    if file.readable:
        _check_one_otherwise(place.at("measures"))
        if requirements.readable:
            check_figures_kept(demands.values(), measures)


def _check_named(name: Place, entries: Place, code: str) -> None:
    by_id = known(entries, "id")
    if name.text is not None and name.text not in by_id:
        name.add(code, name=name.text, known=listed(by_id))


def _check_list(kind: Place) -> None:
    """The list of the sites is for the kinds of stages at a site, and for no other."""
    stays, stands = kind.at("place").text, kind.at("care_list")
    if stays is not None and stands.text is not None and (stays == "site") != (stands.text == SITE_LIST):
        stands.add("list_of_another_place", place=stays)


def _check_names(measure: Place, file: Place) -> None:
    for stage in measure.at("stages"):
        _check_named(stage.at("kind"), file.at("stage_kinds"), "unknown_stage_kind")
    for restriction in measure.at("restrictions"):
        _check_named(restriction, file.at("restrictions"), "unknown_restriction")
    when = measure.at("when")
    _check_named(when.at("occupation"), file.at("occupation_lists"), "unknown_occupation_list")
    _check_named(when.at("ground"), file.at("grounds"), "unknown_ground")


def _check_when(measure: Place) -> None:
    when = measure.at("when")
    given = {name for name in When.model_fields if _is_given(when.at(name))}
    if "otherwise" in given:
        if len(given) > 1:
            when.add("otherwise_alone")
    elif not given - {"proof"}:
        when.add("no_condition")
    counts_from = measure.at("counts_from")
    if counts_from.text in ("entry", "ground") and counts_from.text not in given:
        counts_from.add("needs_condition", needed=counts_from.text)
    proof = when.at("proof")
    asks_test = proof.at("negative_test").value is not None
    if "proof" in given and not asks_test and not is_true(proof.at("release_certificate")):
        proof.add("proof_asks_nothing")
    since_entry = proof.at("negative_test", "since_entry")
    if is_true(since_entry) and "entry" not in given:
        since_entry.add("needs_condition", needed="entry")


def _is_given(condition: Place) -> bool:
    """Tell whether a condition asks for something; one that says false does not."""
    return condition.value is not None and not is_false(condition)


def _check_stages_and_tests(measure: Place) -> None:
    stages = list(measure.at("stages"))
    kinds = {stage.at("kind").text for stage in stages}
    last = sum(number_at(stage.at("days")) or 0 for stage in stages)
    for test in measure.at("tests"):
        if len([form for form in _TEST_FORMS if test.at(form).value is not None]) != 1:
            test.add("test_form")
        number = number_at(test.at("day"))
        if number is not None and number > last:
            test.at("day").add("test_beyond_stages", last=last)
        every = number_at(test.at("every"))
        if every is not None and every > last:
            test.at("every").add("test_beyond_stages", last=last)
        end = test.at("at_end_of")
        if end.text is not None and end.text not in kinds:
            end.add("stage_not_of_measure", name=end.text, known=listed(kind for kind in kinds if kind))


def _check_one_otherwise(measures: Place) -> None:
    found = [one for one in measures if is_true(one.at("when", "otherwise"))]
    if not found:
        measures.add("no_otherwise")
    for another in found[1:]:
        another.at("when", "otherwise").add("otherwise_twice")
