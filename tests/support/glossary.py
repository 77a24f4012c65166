"""How each language says the portal's terms, as regular expressions over English and translation.

From the language review: where the English says a term, the translation says it in this one way; and no text uses a word
that the review replaced. A term that a language has to say otherwise in some sentence is narrowed in its English.
"""

from __future__ import annotations

TERMS = {
    "pl": {
        r"receipt number": r"numer\w* potwierdzenia",
        r"reporting officer": r"pracowni\w+ przyjmując\w+ zgłoszenia",
        r"(your|this|my|the) report\b(?! page)": r"zgłosze",
        r"\balerts?\b": r"\balert",
        r"anti-social behaviour": r"zachowa\w+ antyspołeczn",
        r"\bsurveys?\b(?!\))": r"ankie",
        r"the council\b": r"rad\w+ miasta",
        r"landlords?\b": r"właściciel",
        r"encrypted": r"szyfr",
        r"backup copies": r"kopiach zapasowych",
    },
    "ro": {
        r"receipt number": r"număr\w* (\w+ )?de confirmare",
        r"reporting officer": r"responsabil\w* (\w+ )?cu sesizările",
        r"(your|this|my|the) report\b(?! page)": r"sesiz",
        r"\balerts?\b": r"\balert",
        r"anti-social behaviour": r"comportament\w* antisocial",
        r"the council\b": r"primări",
        r"badly hurt": r"rănit? grav",
        r"encrypted": r"cript",
        r"backup copies": r"copiile noastre de rezervă",
    },
    "ur": {
        r"receipt number": r"رسید نمبر",
        r"reporting officer": r"رپورٹیں دیکھنے وال",
        r"(your|this|my|the) report\b(?! page)": r"رپورٹ",
        r"\balerts?\b": r"انتباہ",
        r"anti-social behaviour": r"سماج دشمن رو",
        r"the council\b": r"کونسل",
        r"\bRomanian\b": r"رومانیائی",
        r"^yes\b": r"^ہاں",
        r"badly hurt": r"شدید نقصان",
        r"^leave this page$|“leave this page”": r"یہ صفحہ چھوڑیں",
        r"encrypted": r"خفیہ کوڈ",
    },
}
BANNED = {
    # One word for the alert, one form of address (ty, and wy where the reader writes to the partnership).
    "pl": (
        r"\balarm",
        r"\bpowiadomieni",
        r"\bPańst",
        r"\bPan(i|u|em|ią)?\b",
        r"[Pp]rosimy (?!,)\w+ć\b",
        r"władz\w* lokaln",
        r"aspołeczn",
    ),
    # A report is a sesizare; one form of address (dumneavoastră), on buttons too; one order of words.
    "ro": (
        r"\b[Rr]a(port(ul|ului)?|poarte(le|lor)?)\b",
        r"raportăril",
        r"\b[Gg]rav rănit",
        r"^(Trimite|Arată|Arată-mi|Salvează|Deschide|Închide|Alege|Scrie|Adaugă|Șterge|Continuă)\b",
        r"„(Trimite|Salvează|Continuă)”",
        r"\b[Dd]acă doriți\b",
        r"\b[Cc]onsiliul(ui)? local\b",
        r"[Aa]utentificați-vă",
    ),
    "ur": (
        r"اطلاع",
        r"رومانی\b",
        r"اسلام",
        r"جی ہاں",
        r"محکمہ صحت",
        r"\bپتہ\b",
        r"تقریب(ات)?\b",
        r"مکان مالک",
        r"یہ صفحہ بند کریں",
    ),
}
