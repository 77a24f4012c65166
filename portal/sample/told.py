"""What the demonstration's reporters wrote: invented, each in the language in which it would be written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

MARK = "[Sample]"


@dataclass(frozen=True)
class Told:
    """What someone might write; invented, in the language it would be written in."""

    language: str
    kind: str
    text: str
    more: dict[str, Any]
    reply: str = ""
    english: str = ""
    """What a person translated it into."""
    has_photo: bool = False
    again: tuple[int, ...] = ()
    """How many days later it happened again, each time."""
    open_words: bool = False
    """Whether they let whoever holds the receipt read what they wrote, so that it is the first message too."""


# Told of in full, each with something of its own that an officer can do.
IN_FULL = (
    Told(
        "en",
        "hate",
        "A man on the 6 bus shouted at me to go home. He called me a name because of my scarf.",
        {
            "because": {"strands": ["race", "religion"], "religion": "muslim"},
            "hate_types": {"types": ["verbal"], "words": f"{MARK} Go home."},
            "setting": {"setting": "transport"},
            "contact": {
                "reach": "contact",
                "ways": ["text", "email"],
                "leave_message": "no",
                "called": f"{MARK} Maryam",
                "phone": "07700 900123",
                "email": "maryam@example.org",
            },
            "safe_contact": {
                "spoken": "ur",
                "needs": ["interpreter"],
                "safe_when": f"{MARK} Weekdays after nine",
                "unaware": f"{MARK} My brother",
            },
            "consent": {"partner_police": "what", "partner_victims-first": "how", "partner_landlord": "nothing"},
        },
        "Thank you for telling us. Are you all right to travel on that bus? We can ask the bus company to help.",
    ),
    Told(
        "en",
        "asb",
        "Motorbikes race along the redway behind our houses every weekend until two in the morning.",
        {
            "when": {"when": "keeps_happening", "part": ["evening", "night"]},
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "vehicles"},
            "asb_types": {"types": ["vehicle_nuisance", "noise_vehicles"]},
            "often": {"often": "weekly", "worse": "yes"},
            "risk-whom": {"risk-targeted": "nobody", "risk-others": "neighbours"},
            "risk-effect": {"risk-affected": "moderately"},
        },
        again=(6, 7, 13, 20),
    ),
    Told(
        "en",
        "asb",
        "Someone leaves bags of rubbish and a broken fridge by the garages.",
        {
            "affected": {"affected": "environmental"},
            "asb_group": {"group": "rubbish"},
            "asb_types": {"types": ["dumping"], "size": "car_boot", "material": ["household", "white_goods"]},
        },
        has_photo=True,
    ),
    Told(
        "en",
        "not_sure",
        "A group waits outside the shop and laughs at my son. He has a learning disability. He will not go there now.",
        {
            "often": {"often": "weekly", "worse": "yes"},
            "people": {"number": "group", "known": "by_sight"},
            "harm": {"harm": ["afraid", "avoid"]},
            "risk-whom": {"risk-targeted": "me", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot", "risk-harder": ["illness"]},
            "risk-people": {"risk-friends": "a-few", "risk-professional": "yes"},
            "wish": {"wish": ["support", "act"]},
            "contact": {"reach": "website"},
            "consent": {"partner_council-asb": "what"},
        },
        "Thank you. It is right to tell us. Is there a time of day when it happens most?",
    ),
    Told(
        "en",
        "hate",
        "They painted words on the wall of the community centre.",
        {"because": {"strands": ["not_sure"]}, "hate_types": {"types": ["graffiti"]}, "who": {"who": "community"}},
    ),
    Told(
        "pl",
        "hate",
        "Sąsiad krzyczy na nas, żebyśmy wracali do siebie. Dzieci boją się wychodzić na podwórko.",
        {
            "because": {"strands": ["race"]},
            "hate_types": {"types": ["verbal", "threats"]},
            "often": {"often": "daily", "worse": "yes"},
            "people": {"number": "one", "known": "neighbour"},
            "harm": {"harm": ["children"]},
            "risk-before": {"risk-linked": "yes", "risk-reputation": "yes"},
            "risk-whom": {"risk-targeted": "household", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot", "risk-harder": ["language"]},
        },
        open_words=True,
        english="A neighbour shouts at us to go back where we came from. The children are afraid to go out into the yard.",
    ),
    Told(
        "pl",
        "asb",
        "Głośna muzyka prawie każdej nocy. Nie możemy spać przed pracą.",
        {
            "affected": {"affected": "personal"},
            "asb_group": {"group": "noise"},
            "asb_types": {"types": ["noise_home", "noise"]},
            "often": {"often": "daily"},
            "told": {"told": ["landlord"]},
            "contact": {
                "reach": "contact",
                "ways": ["letter"],
                "leave_message": "yes",
                "address": f"{MARK} 1 Example Street, Milton Keynes",
            },
            "consent": {"partner_landlord": "how"},
            "risk-before": {"risk-linked": "yes"},
            "risk-people": {"risk-friends": "lots", "risk-professional": "no"},
        },
    ),
    Told(
        "ro",
        "hate",
        "Cineva a scris cuvinte urâte pe mașina noastră pentru că suntem români.",
        {"because": {"strands": ["race"]}, "hate_types": {"types": ["graffiti", "damage"]}, "told": {"told": ["none"]}},
        "Thank you for telling us. Please do not clean it yet: an officer can come and look at it.",
    ),
    Told(
        "ro",
        "asb",
        "Se adună tineri pe scara blocului și fumează. Bunica mea se teme să iasă.",
        {
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "groups"},
            "asb_types": {"types": ["rowdy"]},
            "harm": {"harm": ["afraid"]},
        },
    ),
    Told(
        "ur",
        "hate",
        "کل رات انہوں نے پھر ہمارے دروازے پر لکھا۔ میرے بچے باہر جانے سے ڈرتے ہیں۔",
        {
            "because": {"strands": ["religion", "race"], "religion": "muslim"},
            "hate_types": {"types": ["graffiti"]},
            "often": {"often": "sometimes", "worse": "yes"},
            "harm": {"harm": ["home", "children"]},
            "risk-before": {"risk-linked": "yes", "risk-reputation": "no"},
            "risk-whom": {"risk-targeted": "household", "risk-others": "household"},
            "risk-effect": {"risk-affected": "a-lot"},
        },
        open_words=True,
        english="Last night they wrote on our door again. My children are afraid to go outside.",
    ),
    Told(
        "ur",
        "asb",
        "پارک میں رات کو لوگ شراب پیتے ہیں اور بوتلیں توڑتے ہیں۔",
        {
            "affected": {"affected": "nuisance"},
            "asb_group": {"group": "drugs"},
            "asb_types": {"types": ["street_drinking"]},
            "setting": {"setting": "park"},
        },
    ),
)


def _hate(language: str, text: str, *strands: str, done: str, often: str = "", setting: str = "") -> Told:
    more: dict[str, Any] = {"because": {"strands": [*strands]}, "hate_types": {"types": [done]}}
    if "religion" in strands:
        more["because"]["religion"] = "muslim"
    return Told(language, "hate", text, more | _where(often, setting))


def _asb(language: str, text: str, affected: str, group: str, *types: str, often: str = "", setting: str = "") -> Told:
    more = {"affected": {"affected": affected}, "asb_group": {"group": group}, "asb_types": {"types": [*types]}}
    return Told(language, "asb", text, more | _where(often, setting))


def _where(often: str, setting: str) -> dict[str, Any]:
    return ({"often": {"often": often}} if often else {}) | ({"setting": {"setting": setting}} if setting else {})


# Told of shortly: most of a year's reports are.
SHORT = (
    _hate("en", "A woman in the queue told me to speak English or leave.", "race", done="verbal", setting="shop"),
    _hate("en", "Boys throw stones at our window and shout at us about our skin.", "race", done="damage", often="weekly"),
    _hate("en", "Someone spat at my wife at the bus stop. She wears a headscarf.", "religion", "race", done="physical", setting="transport"),
    _hate("en", "My neighbour says that people like us ruin this street. She says it every time we meet.", "race", done="harassment", often="daily"),
    _hate("en", "They laugh at the way my brother walks and film him.", "disability", done="bullying", often="weekly", setting="street"),
    _hate("en", "A man called me and my boyfriend a bad name because we held hands.", "sexual_orientation", done="verbal", setting="street"),
    _hate("en", "Someone found my old name and writes it under everything that I post.", "transgender", done="online", setting="online"),
    _hate("en", "A leaflet against refugees was in every letter box of our block.", "race", done="posters"),
    _hate("en", "The taxi driver would not take my guide dog.", "disability", done="refused", setting="transport"),
    _hate("en", "A swastika was scratched into the door of the synagogue.", "religion", done="place"),
    _hate("en", "They call my daughter names because of how she dresses. She is a goth.", "alt_subculture", done="verbal", setting="street"),
    _hate("en", "A group shouted things about women at us as we came out of the gym.", "sex_gender", done="verbal", setting="street"),
    _hate("en", "I get messages that say that my religion has no place here.", "religion", done="online", setting="online", often="weekly"),
    _hate("pl", "W sklepie ktoś krzyknął, że Polacy mają wracać do domu.", "race", done="verbal", setting="shop"),
    _hate("pl", "Ktoś porysował nasz samochód i napisał na nim obraźliwe słowo.", "race", done="damage"),
    _hate("ro", "Un vecin ne spune mereu să plecăm din țară.", "race", done="verbal", often="weekly"),
    _hate("ro", "La locul de joacă au râs de copilul meu pentru că vorbește românește.", "race", done="bullying", setting="park"),
    _hate("ur", "بس میں ایک آدمی نے میری داڑھی کا مذاق اڑایا اور مجھے دھکا دیا۔", "religion", "race", done="physical", setting="transport"),
    _asb("en", "Loud music from the flat above until four in the morning.", "personal", "noise", "noise_home", often="daily"),
    _asb("en", "A dog barks all day in the garden next door.", "nuisance", "noise", "noise_animals", often="daily"),
    _asb("en", "The alarm of the empty shop has been ringing for two days.", "nuisance", "noise", "noise_alarm"),
    _asb("en", "Cars race on the grid road and stop to rev their engines.", "nuisance", "vehicles", "vehicle_nuisance", "noise_vehicles", often="weekly", setting="street"),
    _asb("en", "Two boys on an e-scooter nearly hit my mother on the path.", "personal", "vehicles", "vehicle_nuisance", setting="street"),
    _asb("en", "A van without number plates has stood here for six weeks.", "environmental", "vehicles", "vehicle_abandoned"),
    _asb("en", "A sofa and two mattresses were dumped by the bins.", "environmental", "rubbish", "dumping"),
    _asb("en", "Someone empties their bins into the brook behind our houses.", "environmental", "rubbish", "dumping", often="weekly"),
    _asb("en", "Broken glass and cans all over the playground.", "environmental", "rubbish", "litter", setting="park"),
    _asb("en", "There are needles in the stairwell again.", "environmental", "rubbish", "needles", often="sometimes"),
    _asb("en", "Nobody picks up after their dogs on the school path.", "environmental", "rubbish", "dog_fouling", often="daily"),
    _asb("en", "The underpass is covered in new graffiti.", "environmental", "damage", "graffiti"),
    _asb("en", "The street lights by the underpass do not work.", "environmental", "damage", "street_light"),
    _asb("en", "Somebody broke the bench by the lake and burnt what was left.", "nuisance", "damage", "damage", setting="park"),
    _asb("en", "They drink outside the shop every evening and shout at whoever walks by.", "nuisance", "groups", "street_drinking", "rowdy", often="daily", setting="shop"),
    _asb("en", "A group of young people meets under our window. They kick the door.", "personal", "groups", "rowdy", often="weekly"),
    _asb("en", "Fireworks are thrown at houses on our road.", "nuisance", "groups", "fireworks"),
    _asb("en", "Cars come for two minutes all night. I think they sell drugs from that house.", "nuisance", "drugs", "drug_dealing", often="daily"),
    _asb("en", "You can smell the smoke from the drugs in the whole block.", "nuisance", "drugs", "drug_use", often="daily"),
    _asb("en", "A man whom nobody knew before lives in my neighbour’s flat. My neighbour is afraid.", "personal", "neighbours", "cuckooing"),
    _asb("en", "My neighbour bangs on the wall and swears at my children.", "personal", "neighbours", "neighbours", often="weekly"),
    _asb("en", "I get calls at night. They breathe and hang up.", "personal", "neighbours", "communications", often="weekly"),
    _asb("en", "People climb over our fence to get to the railway.", "personal", "neighbours", "trespass", often="sometimes"),
    _asb("en", "Bonfires with plastic in them, twice a week.", "nuisance", "neighbours", "smoke", often="weekly"),
    _asb("en", "Two dogs run loose on the field and chased my son.", "personal", "animals", "animals", setting="park"),
    _asb("en", "A man asks for money at the cash machine and follows people to their cars.", "nuisance", "groups", "begging", often="daily", setting="shop"),
    _asb("pl", "Motocykle jeżdżą nocą po ścieżce za domem.", "nuisance", "vehicles", "vehicle_nuisance", often="weekly"),
    _asb("pl", "Ktoś zostawia śmieci pod naszymi drzwiami.", "personal", "rubbish", "litter", often="sometimes"),
    _asb("ro", "Muzică tare în fiecare noapte de la etajul de sus.", "personal", "noise", "noise_home", often="daily"),
    _asb("ro", "O canapea și saci cu gunoi lângă garaje.", "environmental", "rubbish", "dumping"),
    _asb("ur", "ہماری گلی میں لڑکے رات گئے تک شور مچاتے ہیں۔", "nuisance", "groups", "rowdy", often="weekly"),
    _asb("ur", "ہمارے گھر کے باہر کوئی کوڑا پھینک جاتا ہے۔", "environmental", "rubbish", "dumping", often="sometimes"),
    Told("en", "not_sure", "Someone put eggs on our door three times. We do not know why.", {"often": {"often": "sometimes"}}),
    Told("en", "not_sure", "A man stares at me from his car outside my work.", {"often": {"often": "weekly"}}),
    Told("en", "not_sure", "Our window was broken in the night. It may be because we are new here.", {}),
    Told("pl", "not_sure", "Ktoś przebił opony w naszym samochodzie.", {}),
)  # fmt: skip
# A second sentence, so that two that tell of the same tell it differently.
AND = {
    "en": (
        "It was about six in the evening.", "My neighbour saw it too.", "I did not say anything.", "I am tired of it.",
        "It was the second time this month.", "The children were with me.", "I have told the council before.",
        "Nobody helped.", "I do not want trouble with them.", "I can show you where.",
    ),
    "pl": ("Sąsiadka też to widziała.", "To już drugi raz w tym miesiącu.", "Nikt nie pomógł.", "Boję się wychodzić wieczorem."),
    "ro": ("A văzut și vecina mea.", "Este a doua oară luna aceasta.", "Nimeni nu a ajutat.", "Copiii erau cu mine."),
    "ur": ("میری پڑوسن نے بھی دیکھا۔", "اس مہینے یہ دوسری بار ہے۔", "کسی نے مدد نہیں کی۔", "بچے میرے ساتھ تھے۔"),
}  # fmt: skip
REPLIES = {
    "hate": (
        "Thank you for telling us. I have read what happened and spoken to my team. I write again when we know more.",
        "I am sorry that this happened to you. Would you like someone to talk to? I can ask Victims First.",
        "Thank you. We have asked the shop for its camera pictures.",
    ),
    "asb": (
        "Thank you. The neighbourhood team will look at this place in the next two weeks.",
        "Thank you for telling us. We have written to the landlord.",
        "Thank you. Please add each time that it happens, with the day: it helps us to act.",
    ),
    "not_sure": ("Thank you. You do not need to know what it is called. I look into it and write again here.",),
}
UPDATES = (
    "We are still working on this. There is nothing new yet.",
    "An officer has been there. We look again next week.",
    "We have asked for camera pictures, and wait for them.",
)
ANSWERS = (
    "Thank you for writing. I have added it to your report.",
    "Thank you. I have told the officers who work on this.",
)
WRITTEN_BACK = (
    "It happened again on Sunday.", "Thank you, that helps.", "I have not heard anything more. What is happening?",
    "I can come to the library on Tuesday.",
)  # fmt: skip
# What portal/sample/casework.py works on.
FISHERMEAD, AT_ONCE = {"where": {"place": "e-fishermead"}}, {"risk": {"risk": "yes"}}
CALM: dict[str, Any] = {"risk": {"risk": "no"}, "when": {"when": "last_7_days"}}


def _more(told: Told, *more: dict[str, Any], reply: str = "") -> Told:
    found = dict(told.more)
    for each in more:
        found |= each
    return replace(told, more=found, reply=reply)


SCOOTERS = tuple(
    _more(_asb("en", text, "personal", "vehicles", "vehicle_nuisance", setting="street"), FISHERMEAD, CALM)
    for text in (
        "Two boys on a grey electric scooter race along our path every evening. They nearly hit my son.",
        "A grey scooter without lights came round the corner and I had to jump aside. Two boys were on it.",
        "Two boys on a grey scooter tried to take a bag from a woman by the shops.",
        "On Saturday evening two boys on a grey scooter raced up and down the path and shouted at a child.",
    )
)
DANGERS = (
    _more(
        _hate("en", "He says that he will come back with his brothers tonight. He knows my door.", "race", done="threats"),
        AT_ONCE,
        reply="I have rung you and told the police. Please call 999 if you see him.",
    ),
    _more(
        _asb("en", "My neighbour stood in the hall with a knife and said that I am next.", "personal", "neighbours", "neighbours"),
        AT_ONCE,
        reply="An officer comes to you this afternoon. Please call 999 if you are afraid before.",
    ),
    _more(_hate("en", "They pushed burning paper through our letter box because of our faith.", "religion", done="damage"), AT_ONCE),
)  # fmt: skip
HATED = tuple(
    _more(told, CALM, reply=REPLIES["hate"][0])
    for told in (
        _hate("en", "The man in the flat below shouts at my mother about her accent.", "race", done="verbal", often="weekly"),
        _hate("en", "On the bus a woman pulled at my scarf and laughed.", "religion", done="physical", setting="transport"),
        _hate("en", "Our new neighbours are told every day that they should not live here.", "race", done="harassment", often="daily"),
    )
)  # fmt: skip
PUZZLE = _more(
    _asb("en", "At night people break into the empty garages behind our flats and light fires.", "nuisance", "damage", "damage", often="weekly"),
    CALM,
    reply=REPLIES["asb"][0],
)  # fmt: skip
HELD = _more(_asb("en", "noise noise noise noise", "nuisance", "noise", "noise_home"), CALM)
