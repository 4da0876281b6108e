"""English words to write sample text with, common ones first, by part of speech.

Verbs are regular, so that their forms can be derived (``samples.morphology``).
"""

# ruff: noqa: SIM905 (a table of words reads better as text)
from __future__ import annotations

DETERMINERS = "the a this its their some each his our that any another every no her".split()
PREPOSITIONS = (
    "of in to with for on from by at into over after under between through before during without "
    "about against across among near behind beyond"
).split()
CONJUNCTIONS = "and but or that when because while if although since as where so until".split()
PRONOUNS = "it they we he she you one nobody everyone someone".split()
AUXILIARIES = "is was are were has had been".split()
MODALS = "will would can could may might must should".split()
BARE = "be have do keep become".split()

NOUNS = (
    "time year people way day thing world life part house place week case point group company "
    "number night area book eye job word business issue side kind head service friend power hour "
    "game line end member law car city community name president team minute idea body "
    "information parent face level office door health person art war history party result change "
    "morning reason research moment air teacher force education road street river market school "
    "water paper story family country problem system program question government music window "
    "garden mountain bridge kitchen letter machine engine season summer winter harvest village "
    "island harbour forest valley field farm village square church library museum theatre station "
    "train ticket journey traveller captain sailor soldier doctor nurse patient hospital clinic "
    "medicine disease treatment method measure sample theory model experiment laboratory "
    "scientist engineer worker manager director owner customer client partner neighbour stranger "
    "child student lesson course college degree skill language sentence page chapter author "
    "reader editor writer poem novel letter message signal network computer screen keyboard "
    "record table figure column value price cost budget account bank loan interest tax income "
    "wage contract agreement meeting committee council minister election vote policy rule court "
    "judge lawyer crime prison police officer weapon battle border army peace treaty king queen "
    "prince empire century decade period event accident storm cloud wind rain snow temperature "
    "climate energy heat light colour shape surface metal stone wood glass plastic rubber cotton "
    "leather dress shirt coat shoe pocket button bottle cup plate knife bread butter cheese meat "
    "fruit apple orange potato onion sugar salt pepper soup meal dinner breakfast restaurant "
    "hotel room floor wall roof corner stair chair desk lamp mirror picture photograph camera "
    "film actor stage audience song singer guitar drum instrument concert festival holiday "
    "tradition custom culture religion belief hope fear anger joy memory dream mind brain heart "
    "blood bone skin shoulder finger horse cattle sheep chicken bird fish insect flower grass "
    "tree branch leaf root seed soil rock sand beach coast ocean wave current distance speed "
    "direction map tower castle gate fence path track wheel brake pipe valve pump wire battery "
    "circuit sensor detail pattern structure feature function process product factory industry "
    "trade export supply demand crisis growth decline trend survey report review comment answer"
).split()
VERBS = (
    "use work call ask need seem turn start show play move live believe happen include "
    "continue learn change watch follow create open walk offer remember consider appear wait "
    "serve expect stay reach remain suggest raise require report decide pull return explain "
    "carry develop thank receive agree support pass describe produce reduce cover face join "
    "measure collect repair protect replace improve manage design publish record compare "
    "observe discover examine prove claim accept refuse allow deny promise invite visit arrive "
    "travel cross climb land sail march wander gather count weigh divide combine separate "
    "attach connect remove deliver order select prefer prepare cook bake clean wash paint "
    "plant water harvest burn cool warm fill empty close lock push lift drop throw touch press "
    "point answer question doubt wonder imagine notice listen discuss argue complain praise "
    "blame punish reward employ hire train coach advise guide warn rescue recover survive"
).split()
ADJECTIVES = (
    "new old good great high small large long young local early important public little early "
    "social national major clear strong possible whole free real common poor natural similar "
    "simple recent certain personal open difficult available likely short single medical current "
    "wrong private past foreign fine dead central happy serious ready left physical general "
    "environmental financial blue green red dark various entire close legal religious cold final "
    "main nice huge popular traditional cultural wide deep quiet heavy warm empty bright sharp "
    "narrow broad gentle rough smooth dry wet fresh ancient modern rural urban distant careful "
    "honest proud brave clever patient polite curious familiar strange useful modest formal "
    "practical typical regular constant sudden gradual complete partial equal separate direct "
    "internal external northern southern eastern western wooden golden silent hidden steady"
).split()
ADVERBS = (
    "also often never always still again already almost later soon perhaps quite rather "
    "together sometimes usually finally probably certainly nearly once twice indeed instead "
    "otherwise therefore however meanwhile afterwards everywhere abroad upstairs outside"
).split()

ACCENTED = "café naïve résumé fiancée façade jalapeño crème señor über déjà élan rosé".split()
"""Words with letters that have two Unicode normal forms (written here in NFC)."""

PROMOTIONAL = (
    "buy cheap discount offer deal bonus sale coupon bargain guarantee exclusive amazing "
    "incredible unbelievable secret trick instant unlimited premium bestseller checkout cart "
    "shipping refund affordable cheapest hottest limited hurry click subscribe download trial "
    "winner prize reward cashback savings lowest wholesale clearance giveaway sponsored deluxe "
    "miracle celebrity shocking viral trending insider profit earn wealthy effortless risk"
).split()
"""Words that low-quality sample text is heavy with."""

LATIN = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris "
    "nisi aliquip ex ea commodo consequat duis aute irure in reprehenderit voluptate velit esse "
    "cillum fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui "
    "officia deserunt mollit anim id est laborum"
).split()
"""The printers' dummy text (public domain, after Cicero)."""
