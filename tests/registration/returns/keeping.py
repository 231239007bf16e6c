"""What returns are kept with in tests: the law of the pack, the registers, a seal."""

from services.registration.actions.returns.keeping import Keeping
from services.registration.rules.plans.classification import compile_measures
from services.registration.rules.returns.return_law import compile_return_law
from shared.areas import AreaRegister
from shared.divisions import DivisionRegister
from shared.policy import load_pack
from shared.sealing import Sealer
from shared.settings import PROJECT
from tests.servers import TEST_SECRETS

DIVISIONS = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
AREAS = AreaRegister.load(PROJECT / "data" / "areas.csv", DIVISIONS)
PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
MEASURES = compile_measures(PACK)
LAW = compile_return_law(PACK, MEASURES)
KEEPING = Keeping(
    sealer=Sealer.parse(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]),
    law=LAW,
    divisions=DIVISIONS,
    areas=AREAS,
    occupations=frozenset(MEASURES.titles.occupations),
)
